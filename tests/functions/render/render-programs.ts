import { existsSync } from "node:fs";
import manifest from "../../../package.json" with { type: "json" };
import { runProgram } from "../../support/run-program.ts";
import type { Ran } from "../../support/run-program.ts";

export const NAME = "stateful-deployments-render";

/** The bundle is a program of its own: other modules, another hash, other ways to Node's own. */
export const [SOURCE, BUNDLE] = [
  "functions/render/main.ts",
  manifest.bin[NAME],
] as const;

/** Runs the program with arguments and a text for its standard input. `nodeFlags` come before it. */
export type Render = (
  args: readonly string[],
  input?: string,
  nodeFlags?: readonly string[],
) => Promise<Ran>;

/** Runs `tests` for the sources and for the bundle; of the latter they are skipped where it is not built. */
export function describePrograms(
  what: string,
  tests: (render: Render, program: string) => void,
): void {
  for (const program of [SOURCE, BUNDLE])
    describe(`${program} ${what}`, function () {
      this.timeout(20_000);
      before(function () {
        if (existsSync(program)) return;
        process.stderr.write(`Skipping ${program}: it is not built\n`);
        this.skip();
      });
      tests(
        (args, input = "", nodeFlags = []) =>
          runProgram(process.execPath, [...nodeFlags, program, ...args], {
            input,
            // No cluster, no home, nothing to load.
            env: { PATH: process.env["PATH"], KUBECONFIG: "/nowhere" },
          }),
        program,
      );
    });
}

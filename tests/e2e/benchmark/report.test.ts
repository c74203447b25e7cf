import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../../control-plane/run-program.ts";
import { markdown } from "./report.ts";
import type { Measured } from "./report.ts";

const main = path.join(import.meta.dirname, "main.ts");

function measured(name: string, totals: readonly number[]): Measured {
  return { name, cold: totals.map((total) => ({ total })), warm: [20, 20] };
}

describe("npm run bench:e2e", function () {
  this.timeout(20_000);

  for (const { args, env = {}, says } of [
    { args: ["--bogus"], says: "Unknown option '--bogus'\nTry --help.\n" },
    {
      args: ["--rounds", "0"],
      says: '--rounds: "0" is not a whole number above 0\nTry --help.\n',
    },
    {
      args: [],
      env: { KUBECONFIG: "/somebody's" },
      says: "benchmark: KUBECONFIG is set, but it makes images and settings of its own; unset it, and a cluster is made\n",
    },
  ])
    it(`rejects ${args.join(" ") || "another cluster"}, and exits with 2`, async () => {
      const ran = await runProgram(process.execPath, [main, ...args], {
        env: { ...process.env, ...env },
      });
      expect(ran).to.deep.equal({ stdout: "", stderr: says, exitCode: 2 });
    });

  for (const { cold, says } of [
    { cold: [880], says: ["**1.10 times**", "which is reached"] },
    // One slow round does not count.
    { cold: [860, 880, 1_500], says: ["**1.10 times**"] },
    { cold: [881], says: ["which is not reached"] },
  ])
    it(`compares medians with hello-world and one warm admission: ${cold.join(", ")} ms, ${says[0]}`, () => {
      const page = markdown(
        {
          hello: measured("hello", [780, 900, 700]),
          installed: {
            ...measured("function", cold),
            cold: cold.map((total) => ({ total, created: 80, scheduled: 100 })),
          },
          builds: [measured("without plugins", [960])],
          bare: [5],
          idle: [{ setting: "`min-scale`", pods: [1, 1, 2], first: [21, 20] }],
        },
        "2 cores",
      );
      for (const text of says) expect(page).to.include(text);
      expect(page).to.include("| hello-world, at zero | 780 | 700 | 900 |");
      expect(page).to.include("| scheduling | 20 |  |");
      expect(page).to.include(
        "| without plugins | 960 | 960 | 960 |  | 1.20 |",
      );
      expect(page).to.include("| `min-scale` | 1 | 21 |");
    });
});

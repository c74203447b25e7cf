import { copyFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { builtinsOnDemand } from "../../../bundle/builtins-on-demand.ts";
import { OPTIONS } from "../../../bundle/options.ts";
import { pureClientNode } from "../../../bundle/pure-client-node.ts";
import { FUNCTION } from "../../support/built-programs.ts";

/** A program that is measured. */
export interface Build {
  readonly name: string;
  /** Writes the program's one file. */
  readonly write: (file: string) => Promise<unknown>;
}

/** As little as a Knative Service of Node can be: no package, no request to others. Its log has the times, as ours has. */
export const hello: Build = {
  name: "hello",
  write: (file) =>
    writeFile(
      file,
      `import { createServer } from "node:http";
const log = (rest) => console.log(JSON.stringify({ time: new Date().toISOString(), ...rest }));
const server = createServer((request, response) => {
  response.end("hello\\n");
  log({ msg: "admission", ms: 0 });
});
server.listen(process.env.PORT, () => {
  log({ msg: "listening", bootMs: Math.round(performance.now()) });
});
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`,
    ),
};

/** The function as it is built, and without what makes it start fast. */
export const builds: readonly Build[] = [
  { name: "as-built", write: (file) => copyFile(FUNCTION, file) },
  without("pure-client-node", { plugins: [builtinsOnDemand] }),
  without("builtins-on-demand", { plugins: [pureClientNode] }),
  without("alias", { alias: {} }),
  without("all-of-them", { plugins: [], alias: {} }),
];

function without(what: string, options: BuildOptions): Build {
  return {
    name: `without-${what}`,
    write: (outfile) =>
      build({
        ...OPTIONS,
        ...options,
        entryPoints: ["functions/main.ts"],
        outfile,
      }),
  };
}

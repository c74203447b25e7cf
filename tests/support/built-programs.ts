import { existsSync, globSync, statSync } from "node:fs";
import manifest from "../../package.json" with { type: "json" };
import { runProgram } from "./run-program.ts";

/** What `npm run build` makes. Tests start what is shipped; it also starts five times as fast as the sources. */
export const FUNCTION = "dist/functions/main.js";
export const JANITOR = "dist/janitor/main.js";
export const RENDER = manifest.bin["stateful-deployments-render"];

/** Directories as well: they change when one of their files goes. */
const madeOf = [
  "{functions,janitor,bundle}/**",
  "{build.ts,package.json,package-lock.json,tsconfig.json}",
];

/** Builds the programs if something that they are made of is newer: no test runs old ones. Throws if that fails. */
export async function buildIfOld(): Promise<void> {
  if (!areOld()) return;
  process.stderr.write("Building the programs: their sources are newer\n");
  const { exitCode, stderr } = await runProgram(process.execPath, ["build.ts"]);
  if (exitCode !== 0) throw new Error(`npm run build fails:\n${stderr}`);
}

function areOld(): boolean {
  const built = [FUNCTION, JANITOR, RENDER];
  if (!built.every((file) => existsSync(file))) return true;
  const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs));
  // Of its inode: a file that is put back from a copy may have an old date.
  return globSync(madeOf).some((file) => statSync(file).ctimeMs > oldest);
}

/** mocha calls it before the tests. */
export const mochaGlobalSetup = buildIfOld;

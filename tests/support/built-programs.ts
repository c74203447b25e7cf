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
  "{build.ts,package.json,package-lock.json}",
];

/** Builds the programs if something that they are made of is newer: no test runs old ones. Throws if that fails. */
export async function buildIfOld(): Promise<void> {
  if (!areOld()) return;
  process.stderr.write("Building the programs that the tests start\n");
  const { exitCode, stderr } = await runProgram(process.execPath, ["build.ts"]);
  if (exitCode !== 0) throw new Error(`npm run build fails:\n${stderr}`);
}

function areOld(): boolean {
  const built = [FUNCTION, JANITOR, RENDER];
  if (!built.every((file) => existsSync(file))) return true;
  const oldest = Math.min(...built.map(changedAt));
  return globSync(madeOf).some((file) => changedAt(file) > oldest);
}

const changedAt = (file: string): number => statSync(file).mtimeMs;

/** mocha calls it before the tests. */
export const mochaGlobalSetup = buildIfOld;

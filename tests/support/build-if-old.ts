import { existsSync, globSync, statSync } from "node:fs";
import { runProgram } from "../control-plane/run-program.ts";

/** Directories as well: they change when one of their files goes. */
const madeOf = [
  "{functions,janitor,bundle}/**",
  "{build.ts,package.json,package-lock.json,tsconfig.json}",
];

let needed: readonly string[] = [];

/** Says which programs the tests of this process start. */
export function needPrograms(files: readonly string[]): void {
  needed = files;
}

/** Builds the needed programs if a file that they are made of is newer, so that no test runs old ones. Throws if that fails. */
export async function buildIfOld(): Promise<void> {
  if (needed.length === 0 || !areOld(needed)) return;
  process.stderr.write("Building the programs: their sources are newer\n");
  const { exitCode, stderr } = await runProgram(process.execPath, ["build.ts"]);
  if (exitCode !== 0) throw new Error(`npm run build fails:\n${stderr}`);
}

function areOld(built: readonly string[]): boolean {
  if (!built.every((file) => existsSync(file))) return true;
  const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs));
  // Of its inode: a file that is put back from a copy may have an old date.
  return globSync(madeOf).some((file) => statSync(file).ctimeMs > oldest);
}

/** mocha calls it when it has loaded the tests. */
export const mochaGlobalSetup = buildIfOld;

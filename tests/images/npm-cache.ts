import { access, copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../support/run-program.ts";

const repository = path.join(import.meta.dirname, "../..");

/** npm's own cache, or where there is none, one below `parent` that is filled from the registry. Throws if npm cannot do that. */
export async function npmCache(parent: string): Promise<string> {
  const { stdout } = await runProgram("npm", ["config", "get", "cache"]);
  const cache = stdout.trim();
  return (await exists(path.join(cache, "_cacache")))
    ? cache
    : await filledCache(parent);
}

/** A cache below `parent` with the packages of package-lock.json, and those that their install scripts ask npm for. */
async function filledCache(parent: string): Promise<string> {
  const cache = path.join(parent, "npm-cache");
  const project = path.join(parent, "npm-project");
  await mkdir(project, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    await copyFile(path.join(repository, file), path.join(project, file));
  const { exitCode, stderr } = await runProgram("npm", [
    "ci",
    "--no-audit",
    "--no-fund",
    `--prefix=${project}`,
    `--cache=${cache}`,
  ]);
  if (exitCode !== 0)
    throw new Error(`npm ci into an empty cache failed: ${stderr}`);
  return cache;
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../support/run-program.ts";

const repository = path.join(import.meta.dirname, "../..");

/** What a checkout does not have, or no image is made of; the second kind is here only for speed. */
const leftOut = new Set([".git", "coverage", "dist", "node_modules", "tests"]);

/** A copy of the working directory with its bundles made: nothing changes in it while images are built. */
export interface BuildContext {
  /** Where the Dockerfiles are, for `docker build`. */
  readonly directory: string;
  /** Stands in for the Dockerfiles' stage `build`, with the bundles at the same path. */
  readonly builtStage: string;
}

/** Copies the working directory into `parent` and bundles the programs there. Throws if that fails. */
export async function copyBuildContext(parent: string): Promise<BuildContext> {
  const directory = path.join(parent, "checkout");
  await cp(repository, directory, {
    recursive: true,
    filter: (file) => !leftOut.has(path.relative(repository, file)),
  });
  // Links to files cost nothing, but not every file system has them. A link to the directory would not do: the names of
  // modules in a bundle are their paths from here.
  await runProgram("/bin/sh", [
    "-c",
    'cp -al "$0" "$1" 2>/dev/null || cp -a "$0" "$1"',
    path.join(repository, "node_modules"),
    path.join(directory, "node_modules"),
  ]);
  const bundled = await runProgram("npm", [
    "--prefix",
    directory,
    "run",
    "build",
  ]);
  if (bundled.exitCode !== 0)
    throw new Error(`npm run build: ${bundled.stderr}`);
  const builtStage = path.join(parent, "built");
  await mkdir(path.join(builtStage, "src"), { recursive: true });
  await cp(path.join(directory, "dist"), path.join(builtStage, "src/dist"), {
    recursive: true,
  });
  return { directory, builtStage };
}

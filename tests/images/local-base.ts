import {
  chmod,
  copyFile,
  cp,
  mkdir,
  realpath,
  symlink,
} from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../support/run-program.ts";

/**
 * Fills `root` with Node and the libraries it needs, and nothing else: what the public base images are to us, for
 * machines that reach no image registry.
 */
export async function makeBase(root: string): Promise<void> {
  await mkdir(path.join(root, "tmp"), { recursive: true });
  await chmod(path.join(root, "tmp"), 0o1777);
  await addProgram(root, process.execPath, "/usr/local/bin/node");
}

/** Fills `root` with what the build stages run: Node, npm, and a shell for npm's scripts. */
export async function makeBuildBase(root: string): Promise<void> {
  await makeBase(root);
  await addProgram(root, "/bin/sh", "/bin/sh");
  await addProgram(root, "/usr/bin/env", "/usr/bin/env");
  const npm = path.join(await realpath(await pathOf("npm")), "../..");
  await cp(npm, path.join(root, "usr/local/lib/node_modules/npm"), {
    recursive: true,
  });
  await symlink(
    "../lib/node_modules/npm/bin/npm-cli.js",
    path.join(root, "usr/local/bin/npm"),
  );
}

async function pathOf(program: string): Promise<string> {
  const { stdout } = await runProgram("/bin/sh", [
    "-c",
    `command -v ${program}`,
  ]);
  return stdout.trim();
}

async function addProgram(
  root: string,
  file: string,
  target: string,
): Promise<void> {
  await addFile(root, file, target);
  const { stdout } = await runProgram("ldd", [await realpath(file)]);
  for (const [, library = ""] of stdout.matchAll(/(\/\S+) \(0x/g))
    await addFile(root, library, library);
}

async function addFile(
  root: string,
  file: string,
  target: string,
): Promise<void> {
  const to = path.join(root, target);
  await mkdir(path.dirname(to), { recursive: true });
  await copyFile(await realpath(file), to);
}

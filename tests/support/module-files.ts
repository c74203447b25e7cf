import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { cacheDirectory } from "../control-plane/binaries.ts";

const run = promisify(execFile);

/** Data files of Go modules, which tests need and the repository does not hold. */
export interface ModuleFiles {
  /** What they are, for the error when they cannot be had, and the name of their directory in the cache. */
  readonly title: string;
  readonly name: string;
  /** A directory with the go.mod that pins the modules, and a go.sum with the sum of each. */
  readonly pinned: string;
  /** Where the files lie in each module, and which of them are taken; the rest is of no use here. */
  readonly sources: Readonly<
    Record<string, { readonly directory: string; readonly files: RegExp }>
  >;
}

/** About 45 MB at most on the first run; a proxy that needs longer than this is not there. */
const DOWNLOAD_TIMEOUT_MS = 120_000;

/**
 * Paths of the files, in the versions that go.mod pins: from the user's cache directory, where the first call puts them with Go's
 * module client. Throws when they cannot be downloaded, and when they are not what go.sum has the sum of.
 */
export async function findModuleFiles(wanted: ModuleFiles): Promise<string[]> {
  const { pinned, sources, name } = wanted;
  const goMod = await readFile(path.join(pinned, "go.mod"), "utf8");
  const goSum = await readFile(path.join(pinned, "go.sum"), "utf8");
  const taken = Object.entries(sources).map(
    ([module, { directory: from, files }]) => [module, from, files.source],
  );
  const key = createHash("sha256")
    .update(goMod + goSum + JSON.stringify(taken))
    .digest("hex");
  const directory = path.join(
    // Beside the programs of the control plane.
    path.dirname(await cacheDirectory(process.env)),
    `${name}-${key.slice(0, 12)}`,
  );
  const cached = await filesIn(directory);
  if (cached.length > 0) return cached;

  await mkdir(path.dirname(directory), { recursive: true });
  const temporary = await mkdtemp(`${directory}.`);
  try {
    for (const { Path, Dir } of await download(wanted, goMod, goSum))
      await copyFiles(wanted, Path, Dir, temporary);
    await rename(temporary, directory).catch((error: unknown) => {
      // Another process did the same meanwhile, with the same result.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return await filesIn(directory);
}

interface DownloadedModule {
  readonly Path: string;
  readonly Version: string;
  readonly Dir: string;
  readonly Sum: string;
}

async function download(
  { title, pinned }: ModuleFiles,
  goMod: string,
  goSum: string,
): Promise<DownloadedModule[]> {
  const modules = [...goMod.matchAll(/^\t(\S+) (v\S+)$/gm)].map(
    ([, name, version]) => `${name}@${version}`,
  );
  // Beside no go.mod: only these modules themselves are wanted, not what they depend on.
  const { stdout } = await run("go", ["mod", "download", "-json", ...modules], {
    cwd: tmpdir(),
    env: { ...process.env, GOWORK: "off", GOFLAGS: "" },
    timeout: DOWNLOAD_TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw new Error(
      `${title} are files of Go modules, and "go mod download" failed: ${String(error)}`,
      { cause: error },
    );
  });
  // One JSON object after the other, without anything between them.
  const downloaded = JSON.parse(
    `[${stdout.trim().replaceAll(/\}\s*\{/g, "},{")}]`,
  ) as DownloadedModule[];
  for (const { Path, Version, Sum } of downloaded) {
    if (!goSum.includes(`${Path} ${Version} ${Sum}\n`))
      throw new Error(
        `${path.join(pinned, "go.sum")} does not have the line of this download: ${Path} ${Version} ${Sum}`,
      );
  }
  return downloaded;
}

async function copyFiles(
  { pinned, sources }: ModuleFiles,
  module: string,
  moduleDirectory: string,
  target: string,
): Promise<void> {
  const source = sources[module];
  if (source === undefined)
    throw new Error(
      `${path.join(pinned, "go.mod")} pins ${module}, of which no file is taken`,
    );
  const directory = path.join(moduleDirectory, source.directory);
  const names = (await readdir(directory)).filter((name) =>
    source.files.test(name),
  );
  if (names.length === 0)
    throw new Error(`${module} has no such file in ${source.directory}`);
  for (const name of names)
    await copyFile(
      path.join(directory, name),
      path.join(target, `${module.replaceAll("/", "_")}_${name}`),
    );
}

async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((): string[] => []);
  return names.toSorted().map((name) => path.join(directory, name));
}

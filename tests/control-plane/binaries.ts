import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { buildBinaries } from "./build-binaries.ts";

/** The programs a control plane is made of, by the names Kubernetes gives them. */
export const programs = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kwok",
] as const;

export type Program = (typeof programs)[number];

/** Without these two there is no API; envtest's archives promise no more than them (and kubectl). */
const required: ReadonlySet<Program> = new Set(["etcd", "kube-apiserver"]);

/** Where the programs are, and which of them are not there. */
export interface Binaries {
  readonly directory: string;
  readonly source: "KUBEBUILDER_ASSETS" | "cache" | "build";
  readonly missing: readonly Program[];
  /** kwok's Stage manifests: what a fake kubelet does with Nodes and Pods. */
  readonly stageFiles: readonly string[];
  /** The program's path. Throws, naming the directory, if it is missing. */
  path(program: Program): string;
}

export interface FindBinariesOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Receives the progress of a build; by default standard error. */
  readonly progress?: NodeJS.WritableStream;
}

const moduleDirectory = import.meta.dirname;

/**
 * Finds the programs in `KUBEBUILDER_ASSETS`, else in the cache below the user's cache directory, else builds them
 * into that cache. Throws if neither a build nor the variable can give etcd and kube-apiserver.
 */
export async function findBinaries(
  options: FindBinariesOptions = {},
): Promise<Binaries> {
  const env = options.env ?? process.env;
  const assets = env["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && assets !== "") {
    return binariesIn(path.resolve(assets), "KUBEBUILDER_ASSETS");
  }
  const directory = await cacheDirectory(env);
  if (await isExecutable(path.join(directory, "kube-apiserver"))) {
    return binariesIn(directory, "cache");
  }
  await buildBinaries({
    moduleDirectory,
    directory,
    env,
    progress: options.progress ?? process.stderr,
  });
  return binariesIn(directory, "build");
}

/** The cache directory of exactly the versions that go.mod and go.sum pin, for this kind of machine. */
export async function cacheDirectory(env: NodeJS.ProcessEnv): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) {
    hash.update(await readFile(path.join(moduleDirectory, file)));
  }
  const key = hash.update(`${process.platform}-${process.arch}`).digest("hex");
  return path.join(
    userCacheDirectory(env),
    "stateful-deployments",
    `control-plane-${key.slice(0, 12)}`,
  );
}

function userCacheDirectory(env: NodeJS.ProcessEnv): string {
  const xdg = env["XDG_CACHE_HOME"];
  // The XDG specification: a relative path is invalid and to be ignored.
  if (xdg !== undefined && path.isAbsolute(xdg)) return xdg;
  const home = env["HOME"] ?? homedir();
  return process.platform === "darwin"
    ? path.join(home, "Library", "Caches")
    : path.join(home, ".cache");
}

async function binariesIn(
  directory: string,
  source: Binaries["source"],
): Promise<Binaries> {
  const stageFiles = await stageFilesIn(directory);
  const missing: Program[] = [];
  for (const program of programs) {
    const present = await isExecutable(path.join(directory, program));
    // kwok has no stages of its own: without them its Nodes never become Ready.
    if (!present || (program === "kwok" && stageFiles.length === 0)) {
      missing.push(program);
    }
  }
  // What was built here is complete, or tests would be skipped on a machine that can run them.
  const indispensable = missing.filter(
    (program) => source !== "KUBEBUILDER_ASSETS" || required.has(program),
  );
  if (indispensable.length > 0) {
    throw new Error(
      `${source} ${directory} has no ${indispensable.join(" and no ")}: ` +
        (source === "KUBEBUILDER_ASSETS"
          ? "set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver, or unset it to have them built"
          : "delete that directory to have it built again"),
    );
  }
  return {
    directory,
    source,
    missing,
    stageFiles,
    path(program) {
      if (missing.includes(program)) {
        throw new Error(`${source} ${directory} has no ${program}`);
      }
      return path.join(directory, program);
    },
  };
}

async function stageFilesIn(directory: string): Promise<string[]> {
  const stages = path.join(directory, "stages");
  const names = await readdir(stages).catch((): string[] => []);
  return names
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .map((name) => path.join(stages, name));
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

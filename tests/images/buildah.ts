import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../support/run-program.ts";

/** The part of an image's configuration that a container is started with, and its labels. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

export interface BuiltImage {
  /** Of its configuration, and by that of its layers: equal ids are equal images. */
  readonly id: string;
  readonly config: ImageConfig;
  readonly layers: number;
}

export interface BuildOptions {
  readonly context: string;
  readonly dockerfile: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Directories that stand in for stages, by their names. */
  readonly stages?: Readonly<Record<string, string>>;
  /** Directories of this machine that commands of the build see, by their places there. */
  readonly volumes?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** Images in a directory of their own, made by buildah without a daemon and without asking a registry. */
export interface ImageStore {
  /** Makes an image of one layer of a root directory. */
  pack(
    name: string,
    rootDirectory: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Throws with the end of what buildah printed. */
  build(name: string, options: BuildOptions): Promise<BuiltImage>;
  /** A new writable root directory of the image; it goes with the store. */
  mount(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Lines of buildah's output in an error. */
const tailLines = 20;

/** Whether images can be made here; if not, why not. */
export async function whyNoImages(): Promise<string | undefined> {
  if (process.getuid?.() !== 0)
    return "only root can build and start images here";
  for (const [program, purpose] of [
    ["buildah", "which builds images"],
    ["runc", "which starts containers"],
    ["ldd", "which tells a program's libraries"],
  ] as const) {
    const { exitCode } = await runProgram("/bin/sh", [
      "-c",
      `command -v ${program}`,
    ]);
    if (exitCode !== 0)
      return `there is no ${program}, ${purpose} (Debian has a package)`;
  }
  return undefined;
}

/** Makes an empty store below `parent`. */
export function createImageStore(parent: string): ImageStore {
  const buildah = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr, exitCode } = await runProgram("buildah", [
      `--root=${path.join(parent, "images")}`,
      `--runroot=${path.join(parent, "run")}`,
      ...args,
    ]);
    if (exitCode === 0) return stdout.trim();
    const tail = `${stdout}${stderr}`.trimEnd().split("\n").slice(-tailLines);
    throw new Error(`buildah ${args[0]}: ${tail.join("\n")}`);
  };

  const build: ImageStore["build"] = async (name, options) => {
    const id = await buildah(
      "build",
      "--quiet",
      // Needs no rights beyond root's own; the network is this machine's, though nothing asks for it.
      "--isolation=chroot",
      "--network=host",
      "--pull=never",
      // What SOURCE_DATE_EPOCH and rewrite-timestamp are to BuildKit.
      "--timestamp=0",
      `--tag=${name}`,
      `--file=${options.dockerfile}`,
      ...pairs("--build-arg", options.buildArgs),
      ...pairs("--build-context", options.stages),
      ...Object.entries(options.volumes ?? {}).map(
        ([inside, outside]) => `--volume=${outside}:${inside}`,
      ),
      ...(options.target === undefined ? [] : [`--target=${options.target}`]),
      options.context,
    );
    const { OCIv1 } = JSON.parse(
      await buildah("inspect", "--type=image", name),
    ) as {
      OCIv1: {
        config: ImageConfig;
        rootfs: { diff_ids: readonly string[] };
      };
    };
    return { id, config: OCIv1.config, layers: OCIv1.rootfs.diff_ids.length };
  };

  return {
    build,
    async pack(name, rootDirectory, env = {}) {
      const dockerfile = path.join(parent, "pack.Dockerfile");
      const variables = Object.entries(env).map(
        ([key, value]) => `ENV ${key}=${value}\n`,
      );
      await mkdir(parent, { recursive: true });
      await writeFile(
        dockerfile,
        `FROM scratch\nCOPY . /\n${variables.join("")}`,
      );
      await build(name, { context: rootDirectory, dockerfile });
    },
    mount: async (name) =>
      await buildah("mount", await buildah("from", "--pull-never", name)),
    async remove() {
      // Mounted root directories could not be removed.
      await buildah("rm", "--all");
      await rm(parent, { recursive: true, force: true });
    },
  };
}

function pairs(flag: string, record: object = {}): string[] {
  return Object.entries(record).map(
    ([key, value]) => `${flag}=${key}=${value}`,
  );
}

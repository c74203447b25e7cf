import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runProgram } from "../control-plane/run-program.ts";

const repository = path.join(import.meta.dirname, "../..");
/** Lines of buildah's output in an error. */
const TAIL_LINES = 20;

/** The images that the Dockerfiles ask for, made here. Nothing answers at `localhost`. */
export const BASE = "localhost/base";
const BUILD_BASE = "localhost/build-base";

/** The part of an image's configuration that a container starts with, and its labels. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly Volumes?: Readonly<Record<string, object>>;
}

export interface BuiltImage {
  /** A hash of the configuration and the layers: equal ids are equal images. */
  readonly id: string;
  readonly config: ImageConfig;
  readonly layers: number;
}

export interface ImageOptions {
  /** A directory that takes the place of the stage `build`; without it the stage runs `npm ci` and `npm run build`. */
  readonly built?: string;
  readonly target?: string;
}

/** Why no images can be made on this machine; undefined if they can. */
export async function whyNoImages(): Promise<string | undefined> {
  if (process.getuid?.() !== 0)
    return "only root can build and start images here";
  for (const program of ["buildah", "runc", "ldd"]) {
    const { exitCode } = await shell(`command -v ${program}`);
    if (exitCode !== 0) return `there is no ${program} (Debian has a package)`;
  }
  return undefined;
}

/** Images in a temporary directory. buildah makes them, without a daemon and without a registry. */
export class ImageStore {
  /** Temporary; `remove` deletes it. */
  readonly directory: string;
  /** What is in the base image. */
  readonly base: string;
  #buildBase: Promise<void> | undefined;

  private constructor(directory: string) {
    this.directory = directory;
    this.base = path.join(directory, "base");
  }

  /** A store with the base image: Node and the libraries that it needs. */
  static async create(): Promise<ImageStore> {
    const store = new ImageStore(
      await mkdtemp(path.join(tmpdir(), "stateful-deployments-images-")),
    );
    await makeBase(store.base);
    await store.#pack(BASE, store.base);
    return store;
  }

  /** Builds the image of a program from its Dockerfile. Throws with the end of what buildah printed. */
  async build(
    program: "functions" | "janitor",
    { built, target }: ImageOptions,
  ): Promise<BuiltImage> {
    if (built === undefined) await (this.#buildBase ??= this.#packBuildBase());
    const { stdout: cache } = await runProgram("npm", [
      "config",
      "get",
      "cache",
    ]);
    return await this.#buildFile(
      `localhost/${program}`,
      path.join(repository, program, "Dockerfile"),
      repository,
      `--build-arg=BASE_IMAGE=${BASE}`,
      `--build-arg=BUILD_IMAGE=${BUILD_BASE}`,
      ...(built === undefined
        ? [`--volume=${cache.trim()}:/npm-cache`]
        : [`--build-context=build=${built}`]),
      ...(target === undefined ? [] : [`--target=${target}`]),
    );
  }

  /** A new writable root directory of the image of a program. */
  async mount(program: "functions" | "janitor"): Promise<string> {
    return await this.#buildah(
      "mount",
      await this.#buildah("from", "--pull-never", `localhost/${program}`),
    );
  }

  async remove(): Promise<void> {
    // Mounted root directories cannot be removed.
    await this.#buildah("rm", "--all");
    await rm(this.directory, { recursive: true, force: true });
  }

  /** What the build stages run: Node, npm, and a shell for npm's scripts. npm has no network. */
  async #packBuildBase(): Promise<void> {
    const root = path.join(this.directory, "build-base");
    await makeBase(root);
    await addProgram(root, "/bin/sh", "/bin/sh");
    await addProgram(root, "/usr/bin/env", "/usr/bin/env");
    const { stdout } = await shell("command -v npm");
    const npm = path.join(await realpath(stdout.trim()), "../..");
    await cp(npm, path.join(root, "usr/local/lib/node_modules/npm"), {
      recursive: true,
    });
    await symlink(
      "../lib/node_modules/npm/bin/npm-cli.js",
      path.join(root, "usr/local/bin/npm"),
    );
    await this.#pack(
      BUILD_BASE,
      root,
      "ENV npm_config_offline=true npm_config_cache=/npm-cache",
    );
  }

  /** Makes an image of one layer of a root directory. */
  async #pack(name: string, root: string, env = ""): Promise<void> {
    const dockerfile = path.join(this.directory, "pack.Dockerfile");
    await writeFile(dockerfile, `FROM scratch\nCOPY . /\n${env}\n`);
    await this.#buildFile(name, dockerfile, root);
  }

  async #buildFile(
    name: string,
    dockerfile: string,
    context: string,
    ...args: readonly string[]
  ): Promise<BuiltImage> {
    const id = await this.#buildah(
      "build",
      "--quiet",
      // Needs no rights beyond root's own.
      "--isolation=chroot",
      "--network=host",
      "--pull=never",
      // What SOURCE_DATE_EPOCH and rewrite-timestamp are to BuildKit.
      "--timestamp=0",
      `--tag=${name}`,
      `--file=${dockerfile}`,
      ...args,
      context,
    );
    const { OCIv1 } = JSON.parse(
      await this.#buildah("inspect", "--type=image", name),
    ) as {
      OCIv1: { config: ImageConfig; rootfs: { diff_ids: readonly string[] } };
    };
    return { id, config: OCIv1.config, layers: OCIv1.rootfs.diff_ids.length };
  }

  async #buildah(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await runProgram("buildah", [
      `--root=${path.join(this.directory, "images")}`,
      `--runroot=${path.join(this.directory, "run")}`,
      ...args,
    ]);
    if (exitCode === 0) return stdout.trim();
    const tail = `${stdout}${stderr}`.trimEnd().split("\n").slice(-TAIL_LINES);
    throw new Error(`buildah ${args[0]}: ${tail.join("\n")}`);
  }
}

/** Fills `root` with Node and its libraries, as the public base images have them. */
async function makeBase(root: string): Promise<void> {
  await mkdir(path.join(root, "tmp"), { recursive: true });
  await chmod(path.join(root, "tmp"), 0o1777);
  await addProgram(root, process.execPath, "/usr/local/bin/node");
}

async function addProgram(
  root: string,
  file: string,
  target: string,
): Promise<void> {
  const { stdout } = await runProgram("ldd", [await realpath(file)]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(
    ([, library = ""]) => [library, library] as const,
  );
  for (const [from, to] of [[file, target] as const, ...libraries]) {
    await mkdir(path.dirname(path.join(root, to)), { recursive: true });
    await copyFile(await realpath(from), path.join(root, to));
  }
}

function shell(script: string): ReturnType<typeof runProgram> {
  return runProgram("/bin/sh", ["-c", script]);
}

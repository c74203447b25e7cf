import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../control-plane/run-program.ts";
import type { ImageConfig } from "./image-store.ts";

/** As a Pod of the manifests has it; runc's own default is more. */
const NO_CAPABILITIES = {
  bounding: [],
  effective: [],
  inheritable: [],
  permitted: [],
  ambient: [],
};

export interface ContainerOptions {
  readonly rootDirectory: string;
  readonly config: ImageConfig;
  readonly args?: readonly string[];
  readonly workingDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of this machine, by their paths in the container, which can write them. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** A container that runs, with this machine's network. */
export interface Container {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  /** User id, group id and capabilities of its first process, as the kernel reports them. */
  privileges(): Promise<{ uid: number; gid: number; capabilities: string }>;
  /** Runs a program in it as the image's user. Throws if it fails. */
  run(...command: readonly string[]): Promise<void>;
  signal(name: "TERM" | "KILL"): Promise<void>;
}

/**
 * Starts a container as a Pod of the manifests: the image's user, entry point and environment, a read-only root file system,
 * no capabilities, no new privileges. `parent` is for its files.
 */
export async function startContainer(
  parent: string,
  options: ContainerOptions,
): Promise<Container> {
  const id = `stateful-deployments-${randomBytes(4).toString("hex")}`;
  const bundle = path.join(parent, id);
  const state = `--root=${path.join(parent, "runc")}`;
  await mkdir(bundle, { recursive: true });
  await runProgram("runc", ["spec", "--bundle", bundle]);
  const file = path.join(bundle, "config.json");
  const spec = JSON.parse(await readFile(file, "utf8")) as RunSpec;
  await writeFile(file, JSON.stringify(specOf(spec, options)));
  const child = spawn("runc", [state, "run", "--bundle", bundle, id], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    exited: once(child, "close").then(([code]) => code as number | null),
    async privileges() {
      const ran = await runProgram("runc", [state, "state", id]);
      const { pid } = JSON.parse(ran.stdout) as { pid: number };
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const field = (name: string): string =>
        new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
      return {
        uid: Number(field("Uid")),
        gid: Number(field("Gid")),
        capabilities: field("CapEff"),
      };
    },
    async run(...command) {
      const ran = await runProgram("runc", [state, "exec", id, ...command]);
      if (ran.exitCode !== 0) throw new Error(`${command[0]}: ${ran.stderr}`);
    },
    async signal(name) {
      await runProgram("runc", [state, "kill", id, name]);
    },
  };
}

interface RunSpec {
  readonly process: object;
  readonly mounts: readonly object[];
  readonly linux: { readonly namespaces: readonly { readonly type: string }[] };
}

/** The specification of runc's `spec` for these options. */
function specOf(spec: RunSpec, options: ContainerOptions): object {
  const { config, env = {}, volumes = {} } = options;
  const [uid, gid] = config.User.split(":").map(Number);
  return {
    ...spec,
    root: { path: options.rootDirectory, readonly: true },
    process: {
      ...spec.process,
      terminal: false,
      user: { uid, gid },
      args: [...config.Entrypoint, ...(options.args ?? [])],
      cwd: options.workingDirectory ?? "/",
      env: [
        ...config.Env,
        ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
      ],
      capabilities: NO_CAPABILITIES,
      noNewPrivileges: true,
    },
    mounts: [
      ...spec.mounts,
      ...Object.entries(volumes).map(([destination, source]) => ({
        destination,
        source,
        type: "bind",
        options: ["rbind", "rw"],
      })),
    ],
    linux: {
      ...spec.linux,
      namespaces: spec.linux.namespaces.filter(
        ({ type }) => type !== "network",
      ),
    },
  };
}

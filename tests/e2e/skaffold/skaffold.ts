import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { skipBecause } from "../steps/mocha-output.ts";

const repository = path.join(import.meta.dirname, "../../..");

/** What skaffold.yaml and the Dockerfiles read. */
const READ = [
  ".dockerignore",
  "build.ts",
  "bundle",
  "functions",
  "janitor",
  "manifests",
  "package-lock.json",
  "package.json",
  "skaffold.yaml",
  "tests/skaffold",
  "tsconfig.json",
];

/** Lines of Skaffold's output in an error. */
const TAIL_LINES = 30;
/** Skaffold's own limit for a Deployment to become ready is 10 minutes; builds take one on a busy machine. */
const ENDS_WITHIN_MS = 600_000;

/** What the component `skaffold` has started for the suite. */
export interface Ground {
  /** Where files may be written that go with the cluster. */
  readonly state: string;
  /** The registry's name, `localhost:PORT`. */
  readonly registry: string;
  readonly env: NodeJS.ProcessEnv;
  /** The same for people who have no Docker, neither its program nor its daemon. */
  readonly envWithoutDocker: NodeJS.ProcessEnv;
}

/** Skips, in a hook all tests of its block, on a cluster without the component. */
export function skaffoldGround(context: Mocha.Context): Ground {
  const {
    E2E_SKAFFOLD_STATE: state,
    E2E_SKAFFOLD_PATH: programs,
    E2E_SKAFFOLD_PATH_WITHOUT_DOCKER: programsWithoutDocker,
    E2E_SKAFFOLD_REGISTRY: registry,
  } = process.env;
  if (
    state === undefined ||
    programs === undefined ||
    programsWithoutDocker === undefined ||
    registry === undefined
  )
    return skipBecause(
      context,
      "this cluster has no Skaffold with a Docker daemon and a registry",
    );
  const { DOCKER_HOST: _, ...env } = process.env;
  const common = {
    ...env,
    HOME: path.join(state, "home"),
    SKAFFOLD_UPDATE_CHECK: "false",
    SKAFFOLD_INTERACTIVE: "false",
  };
  return {
    state,
    registry,
    env: {
      ...common,
      PATH: `${programs}:${env["PATH"]}`,
      DOCKER_HOST: `unix://${state}/docker/docker.sock`,
    },
    envWithoutDocker: {
      ...common,
      PATH: `${programsWithoutDocker}:${env["PATH"]}`,
    },
  };
}

/** A copy of the repository, of what Skaffold reads. The suite may change its files. */
export async function copyOfRepository(ground: Ground): Promise<string> {
  const copy = path.join(ground.state, "repository");
  await rm(copy, { recursive: true, force: true });
  for (const name of READ) {
    await mkdir(path.dirname(path.join(copy, name)), { recursive: true });
    await cp(path.join(repository, name), path.join(copy, name), {
      recursive: true,
    });
  }
  // Skaffold names images after the commit.
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    [
      "-c",
      "user.name=e2e",
      "-c",
      "user.email=e2e@localhost",
      "commit",
      "--quiet",
      "--message=copy",
    ],
  ]) {
    const { exitCode, stderr } = await runProgram("git", ["-C", copy, ...args]);
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  }
  return copy;
}

/** A running Skaffold. */
export class Skaffold {
  readonly #process: ChildProcess;
  readonly #command: string;
  readonly #exited: Promise<unknown>;
  #output = "";

  /** Starts it in this directory. All that it prints is in `log` too. */
  constructor(
    args: readonly string[],
    directory: string,
    { log, env }: { readonly log: string; readonly env: NodeJS.ProcessEnv },
  ) {
    this.#command = `skaffold ${args.join(" ")}`;
    const written = createWriteStream(log, { flags: "a" });
    this.#process = spawn("skaffold", args, {
      cwd: directory,
      env,
      // A group of its own, which gets Ctrl-C as a whole.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on("data", (chunk) => {
        this.#output += String(chunk);
        written.write(chunk);
      });
    this.#exited = once(this.#process, "close").then(() => written.end());
  }

  /** All that it has printed. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has printed this text after the first `from` characters. Throws, with the end of its output, if it ends before. */
  async prints(text: string, from = 0): Promise<void> {
    const hasPrinted = (): boolean => this.#output.slice(from).includes(text);
    await eventually(
      `skaffold prints ${text}`,
      () => hasPrinted() || this.#hasEnded(),
      ENDS_WITHIN_MS,
    );
    if (!hasPrinted()) throw this.#error("has ended");
  }

  /** Waits until it ends by itself. Throws, with the end of its output, if it fails or takes too long. */
  async succeeded(): Promise<string> {
    const timer = new AbortController();
    const late = sleep(ENDS_WITHIN_MS, true, { signal: timer.signal });
    late.catch(() => undefined);
    const isLate = await Promise.race([this.#exited.then(() => false), late]);
    timer.abort();
    if (isLate) {
      this.kill();
      throw this.#error(`has not ended within ${ENDS_WITHIN_MS} ms`);
    }
    if (this.#process.exitCode !== 0)
      throw this.#error(`exit code ${this.#process.exitCode}`);
    return this.#output;
  }

  /** What Ctrl-C at a terminal does. Waits until it has ended. Throws as `succeeded` does. */
  async interrupt(): Promise<void> {
    this.#signal("SIGINT");
    await this.succeeded();
  }

  /** Ends it with all that it has started, for a test that has failed. */
  kill(): void {
    if (!this.#hasEnded()) this.#signal("SIGKILL");
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, name);
  }

  #error(what: string): Error {
    // What it removes again after a failure says nothing about the failure.
    const lines = this.#output
      .trimEnd()
      .split("\n")
      .filter((line) => !/^ - .* deleted( from |$)/.test(line));
    return new Error(
      `${this.#command}: ${what}\n${lines.slice(-TAIL_LINES).join("\n")}`,
    );
  }
}

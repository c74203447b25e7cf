import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { importOurImages } from "./our-images.ts";
import { type Ran, runProgram } from "../control-plane/run-program.ts";

const recipe = path.join(import.meta.dirname, "cluster");

/** Exit code of runs and of the cluster's and the components' scripts: nothing or not everything was run, and the last line says what to do. */
export const EXIT_NOT_RUN = 3;

/** Whether all programs of a cluster are built. */
export async function isBuilt(): Promise<boolean> {
  const { exitCode } = await script("build", ["--is-made"]);
  return exitCode === 0;
}

/** Ends the cluster, and all programs of the run, when this process ends, in whatever way. */
export interface Guardian {
  /** Ends the cluster now, also if it is only half up. Only the cache stays on the machine. */
  takeDown(): Promise<void>;
  /** Leaves it up. */
  release(): Promise<void>;
}

/** From now on, clusters and programs that are started belong to this process. */
export function startGuardian(): Guardian {
  const owner = thisProcess();
  const child = spawn(path.join(recipe, "guardian"), [owner], {
    // Outside of this process's group, and of its environment below.
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
    cwd: "/",
  });
  process.env["CLUSTER_OWNER"] = owner;
  const exited = once(child, "exit");
  child.stdin.on("error", () => undefined);
  child.unref();
  const end = async (word: string): Promise<void> => {
    child.ref();
    child.stdin.end(`${word}\n`);
    await exited;
  };
  return { takeDown: () => end("down"), release: () => end("keep") };
}

/** Its id, and its start in ticks since the start of the machine: proc(5), field 22. Without Linux, `up` reports that. */
function thisProcess(): string {
  if (process.platform !== "linux") return `${process.pid} 0`;
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, ticks] =
    /^(?:\S+ ){19}(\d+)/.exec(stat.slice(stat.lastIndexOf(")") + 2)) ?? [];
  return `${process.pid} ${ticks}`;
}

/**
 * Starts the cluster, in about a minute once everything is built. Returns the environment of programs that use it, or
 * the exit code if that failed; the reason is printed by then.
 */
export async function bringUp(
  aborted: AbortSignal,
): Promise<NodeJS.ProcessEnv | number> {
  const { exitCode } = await script("up", [], aborted);
  if (exitCode !== 0) return exitCode === EXIT_NOT_RUN ? EXIT_NOT_RUN : 1;
  await importOurImages(aborted);
  const { stdout } = await script("environment", [], aborted);
  const [kubeconfig, bin, state] = stdout.trimEnd().split("\n");
  return {
    ...process.env,
    KUBECONFIG: kubeconfig,
    PATH: `${bin}:${process.env["PATH"]}`,
    E2E_CLUSTER_STATE: state,
  };
}

function script(
  name: string,
  args: readonly string[],
  aborted?: AbortSignal,
): Promise<Ran> {
  return runProgram(path.join(recipe, name), args, {
    ...(aborted === undefined ? {} : { aborted }),
    showErrors: true,
  });
}

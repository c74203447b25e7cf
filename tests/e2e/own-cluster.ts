import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { importOurImages } from "./our-images.ts";
import { type Ran, runProgram } from "../support/run-program.ts";

const recipe = path.join(import.meta.dirname, "cluster");

/** Exit code of the recipe's scripts where they can do nothing, after one line that says why and what to do. */
const EXIT_NOT_RUN = 3;

/** Whether everything a cluster runs was built before. */
export async function isBuilt(): Promise<boolean> {
  const { exitCode } = await script("build", ["--is-made"]);
  return exitCode === 0;
}

/** Ends the cluster when this process ends, in whatever way, and all that was started by then with it. */
export interface Guardian {
  /** Takes the cluster down now, whole or half up. Nothing of it stays on the machine but the cache. */
  takeDown(): Promise<void>;
  /** Leaves it up for good. */
  release(): Promise<void>;
}

/** From now on the clusters that are brought up are this process's, and so is all it starts. */
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

/** Its id and when it started, in ticks since the machine did: proc(5), field 22. Elsewhere than on Linux `up` says so. */
function thisProcess(): string {
  if (process.platform !== "linux") return `${process.pid} 0`;
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, ticks] =
    /^(?:\S+ ){19}(\d+)/.exec(stat.slice(stat.lastIndexOf(")") + 2)) ?? [];
  return `${process.pid} ${ticks}`;
}

/**
 * Brings the cluster up, in about a minute once everything is built. Returns the environment of programs that use it, or
 * the exit code where that failed, after it was said why.
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

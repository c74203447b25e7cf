import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { importOurImages } from "./our-images.ts";
import { type Ran, runProgram } from "../support/run-program.ts";

const recipe = path.join(import.meta.dirname, "cluster");

/** Exit code of the recipe's scripts on a machine that cannot run a cluster, after one line that says what to do. */
const EXIT_MACHINE = 3;

/** Whether everything a cluster runs was built before. */
export async function isBuilt(): Promise<boolean> {
  const { exitCode } = await script("build", ["--is-made"]);
  return exitCode === 0;
}

/** Ends the cluster when this process ends, in whatever way. */
export interface Guardian {
  /** Takes the cluster down now, whole or half up. Nothing of it stays on the machine but the cache. */
  takeDown(): Promise<void>;
  /** Leaves it up for good. */
  release(): Promise<void>;
}

/** Waits, outside of this process's group, for a word or for the end of its input, which the kernel sees to. */
const waiting = 'read -r word; [ "$word" = keep ] || exec "$1"';

export function startGuardian(): Guardian {
  const child = spawn(
    "/bin/sh",
    ["-c", waiting, "guardian", path.join(recipe, "down")],
    { detached: true, stdio: ["pipe", "ignore", "inherit"], cwd: "/" },
  );
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

/**
 * Brings the cluster up, in about a minute once everything is built. Returns the environment of programs that use it, or
 * the exit code where that failed, after it was said why.
 */
export async function bringUp(
  aborted: AbortSignal,
): Promise<NodeJS.ProcessEnv | number> {
  const { exitCode } = await script("up", [], aborted);
  if (exitCode !== 0) return exitCode === EXIT_MACHINE ? EXIT_MACHINE : 1;
  await importOurImages();
  const { stdout } = await script("environment", []);
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

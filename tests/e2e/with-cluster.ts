import { writeFile } from "node:fs/promises";
import { constants } from "node:os";
import path from "node:path";
import {
  addComponents,
  missingFromGivenCluster,
  type Component,
  type MissingComponent,
} from "./components.ts";
import { exportLines } from "./export-lines.ts";
import { findTraces, givenCluster, removeTraces } from "./given-cluster.ts";
import {
  bringUp,
  EXIT_NOT_RUN,
  isBuilt,
  startGuardian,
} from "./own-cluster.ts";

/** How to get the cluster. */
export interface ClusterOptions {
  /** Leave the cluster up afterwards, and what is installed on it. */
  readonly keep: boolean;
  /** Do nothing if a cluster of our own would have to be built first. */
  readonly short: boolean;
  /** What the work needs beside the cluster. */
  readonly components?: readonly Component[];
}

/** The work on the cluster, in an environment that leads to it, until `aborted`, without what is missing. Returns the exit code. */
type Work = (
  env: NodeJS.ProcessEnv,
  aborted: AbortSignal,
  missing: readonly MissingComponent[],
) => Promise<number>;

/**
 * Does `work` on the cluster of KUBECONFIG if that has Knative, else on one of its own. Removes afterwards what it has created,
 * also after Ctrl-C. `what` begins the lines that it prints. Returns the exit code.
 */
export async function withCluster(
  what: string,
  options: ClusterOptions,
  work: Work,
): Promise<number> {
  const given = await givenCluster();
  if (given.kind === "usable") {
    say(`${what}: on the cluster of KUBECONFIG`);
    return onGivenCluster(options, work);
  }
  if (given.kind === "occupied") {
    say(`${what}: not run; ${given.why}`);
    return EXIT_NOT_RUN;
  }
  if (options.short && !(await isBuilt())) {
    say(
      `${what}: not run; ${given.why}, and a cluster of its own must be built first: npm run e2e does that, once`,
    );
    return EXIT_NOT_RUN;
  }
  say(`${what}: ${given.why}; on a cluster of its own`);
  return onOwnCluster(options, work);
}

async function onGivenCluster(
  { keep, components = [] }: ClusterOptions,
  work: Work,
): Promise<number> {
  const before = await findTraces();
  const interruption = listenForInterruption();
  const { signal } = interruption;
  try {
    const exitCode = await work(
      process.env,
      signal,
      missingFromGivenCluster(components),
    );
    return signal.aborted ? await interruption.came : exitCode;
  } finally {
    const interrupted = signal.aborted;
    if (interrupted || !keep) {
      const { objects, cordoned } = await findTraces();
      const traces = {
        objects,
        cordoned: cordoned.filter((name) => !before.cordoned.includes(name)),
      };
      // In the middle of an installation only its other objects may exist.
      if (interrupted || traces.objects.length + traces.cordoned.length > 0)
        await removeTraces(traces, interrupted ? undefined : signal);
    }
  }
}

async function onOwnCluster(
  { keep, short, components = [] }: ClusterOptions,
  work: Work,
): Promise<number> {
  const interruption = listenForInterruption();
  const guardian = startGuardian();
  const { signal } = interruption;
  let kept = false;
  try {
    const bare = await bringUp(signal);
    if (signal.aborted) return await interruption.came;
    if (typeof bare === "number") return bare;
    const { env, missing } = await addComponents(
      components,
      { short },
      bare,
      signal,
    );
    if (signal.aborted) return await interruption.came;
    const exitCode = await Promise.race([
      work(env, signal, missing),
      interruption.came,
    ]);
    if (keep && !signal.aborted) {
      kept = true;
      await guardian.release();
      const file = path.join(env["E2E_CLUSTER_STATE"] ?? "", "environment");
      await writeFile(file, exportLines(env, process.env));
      say(
        `The cluster is up. To use it: source ${file}. To end it: tests/e2e/cluster/down`,
      );
    }
    return exitCode;
  } catch (error) {
    // The interruption has ended the programs, so this is no failure.
    if (signal.aborted) return await interruption.came;
    throw error;
  } finally {
    if (!kept) await guardian.takeDown();
  }
}

/** Takes the first signal of each kind; the second ends this process at once. `came` is the exit code that a shell expects. */
function listenForInterruption(): {
  readonly signal: AbortSignal;
  readonly came: Promise<number>;
} {
  const controller = new AbortController();
  const came = new Promise<number>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(name, () => {
        resolve(128 + constants.signals[name]);
        controller.abort();
      });
  });
  return { signal: controller.signal, came };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

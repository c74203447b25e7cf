import { listenForInterruption } from "../../examples/demo/interruption.ts";
import { givenCluster } from "./given-cluster.ts";
import { bringUp, isBuilt, startGuardian } from "./own-cluster.ts";
import { cordonedNodes, findTraces, removeTraces } from "./traces.ts";

/** How the cluster is to be had. */
export interface ClusterOptions {
  /** Leave a cluster of our own up afterwards, and what is installed on it or on that of KUBECONFIG. */
  readonly keep: boolean;
  /** Do nothing where a cluster of our own would have to be built first. */
  readonly short: boolean;
}

/** What is done on the cluster, in an environment that leads to it, until `aborted`. Returns the exit code. */
type Work = (env: NodeJS.ProcessEnv, aborted: AbortSignal) => Promise<number>;

/** As that of the cluster's scripts: nothing was run, and a line says why. */
const EXIT_NOT_RUN = 3;

/**
 * Does `work` on the cluster of KUBECONFIG when that has Knative, else on one of its own, which goes again afterwards,
 * also after Ctrl-C. `what` begins the lines that say so. Returns the exit code.
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
      `${what}: not run; ${given.why}, and a cluster of its own would have to be built first: npm run e2e does that, once`,
    );
    return 0;
  }
  say(`${what}: ${given.why}; on a cluster of its own`);
  return onOwnCluster(options, work);
}

async function onGivenCluster(
  { keep }: ClusterOptions,
  work: Work,
): Promise<number> {
  const cordoned = await cordonedNodes();
  const interruption = listenForInterruption();
  try {
    const exitCode = await work(process.env, interruption.signal);
    return interruption.signal.aborted ? await interruption.came : exitCode;
  } finally {
    const interrupted = interruption.signal.aborted;
    if (interrupted || !keep) {
      const traces = await findTraces(cordoned);
      // Between two of its steps an installation has other things there only.
      if (interrupted || traces.objects.length + traces.cordoned.length > 0)
        await removeTraces(
          traces,
          interrupted ? undefined : interruption.signal,
        );
    }
  }
}

async function onOwnCluster(
  { keep }: ClusterOptions,
  work: Work,
): Promise<number> {
  const interruption = listenForInterruption();
  const guardian = startGuardian();
  const { signal } = interruption;
  let kept = false;
  try {
    const env = await bringUp(signal);
    if (signal.aborted) return await interruption.came;
    if (typeof env === "number") return env;
    const exitCode = await Promise.race([work(env, signal), interruption.came]);
    if (keep && !signal.aborted) {
      kept = true;
      await guardian.release();
      say(
        `The cluster is up: export KUBECONFIG=${env["KUBECONFIG"]}; tests/e2e/cluster/down ends it`,
      );
    }
    return exitCode;
  } catch (error) {
    // What was ended by it has failed, of course.
    if (signal.aborted) return await interruption.came;
    throw error;
  } finally {
    if (!kept) await guardian.takeDown();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

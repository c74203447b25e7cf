import { listenForInterruption } from "../demo/interruption.ts";
import { givenCluster } from "./given-cluster.ts";
import { bringUp, isBuilt, startGuardian } from "./own-cluster.ts";

/** How the cluster is to be had. */
export interface ClusterOptions {
  /** Leave a cluster of our own up afterwards. */
  readonly keep: boolean;
  /** Do nothing where a cluster of our own would have to be built first. */
  readonly short: boolean;
}

/** What is done on the cluster, in an environment that leads to it, until `aborted`. Returns the exit code. */
type Work = (env: NodeJS.ProcessEnv, aborted: AbortSignal) => Promise<number>;

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
  if (given === true) {
    say(`${what}: on the cluster of KUBECONFIG`);
    const interruption = listenForInterruption();
    return Promise.race([
      work(process.env, interruption.signal),
      interruption.came,
    ]);
  }
  if (options.short && !(await isBuilt())) {
    say(
      `${what}: not run. ${given}, and a cluster of its own would have to be built first: npm run e2e does that, once`,
    );
    return 0;
  }
  say(`${what}: ${given}; on a cluster of its own`);
  return onOwnCluster(options, work);
}

async function onOwnCluster(
  { keep }: ClusterOptions,
  work: Work,
): Promise<number> {
  const interruption = listenForInterruption();
  const guardian = startGuardian();
  let kept = false;
  try {
    const env = await bringUp(interruption.signal);
    if (typeof env === "number") return env;
    const exitCode = await Promise.race([
      work(env, interruption.signal),
      interruption.came,
    ]);
    if (keep && !interruption.signal.aborted) {
      kept = true;
      await guardian.release();
      say(
        `The cluster is up: export KUBECONFIG=${env["KUBECONFIG"]}; tests/e2e/cluster/down ends it`,
      );
    }
    return exitCode;
  } finally {
    if (!kept) await guardian.takeDown();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

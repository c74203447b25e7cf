import { setTimeout as sleep } from "node:timers/promises";
import { LEASE_MS } from "../../../functions/contract/lease.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { buildIfOld } from "../../support/built-programs.ts";
import { cpuSeconds } from "../../support/process-usage.ts";
import { processesOf } from "../../support/processes-of.ts";
import type {
  Benchmark,
  BenchmarkRun,
  Comparison,
} from "../measure/comparison.ts";
import { rotated } from "../measure/rotated.ts";
import { findPeers } from "../peers/peers.ts";
import type { Peers, StartPeer } from "../peers/peers.ts";
import { comparisonsOf } from "./comparisons.ts";
import type { Contestant, Start } from "./comparisons.ts";
import { installRewriters } from "../ways/rewriters.ts";
import type { Rewriters } from "../ways/rewriters.ts";
import type { ResidentProgram } from "../ways/resident-program.ts";
import { ALL_WAYS, KYVERNO, ORDERED } from "../ways/ways.ts";
import type { Way } from "../ways/ways.ts";
import { createWorkload } from "../ways/workload.ts";
import type { Workload } from "../ways/workload.ts";

/** Replicas of each workload. */
const SIZES = [200, 300];
const QUICK_SIZES = [20];
/** They take longest. They start only at the smaller size, because the larger one says the same of them. */
const SLOW: ReadonlySet<Way> = new Set([KYVERNO, ORDERED]);
/** Replicas of a start that warms up and does not count, of a way without claims from before. */
const WARM_UP = 20;

/** How long the Pods of one workload take to exist and to run, by what gives each of them its volume. */
export const start: Benchmark = {
  name: "start",
  title: "Starts of workloads",
  method: `A Deployment, StatefulSet or CloneSet is scaled from 0 to ${SIZES.join(" and to ")} replicas, each with a volume of its own. Controllers and scheduler are those of Kubernetes; kwok
plays the nodes, and a volume is provisioned with one write. [Comparison](../comparison.md) says what each way is. Each round starts each way once, and removes all of it
before the next; of Reuse, and of a StatefulSet whose claims are there, only the Pods go. Kyverno and a StatefulSet with OrderedReady take
longest: they start only ${SIZES[0]} replicas, and OrderedReady only in one round. Kyverno and OpenKruise each have a control plane of their own, because what they install would act on the Pods
of the others. It is new in each round. A workload of ${WARM_UP} replicas starts there first and does not count, and the control plane of the others runs meanwhile without work.
The processor time is that of the whole control plane and of all webhooks. With Kyverno and OpenKruise it is that of their control plane and of their programs.

New claims take most of the time until Pods run: the controller manager provisions them, for every way alike.`,
  async run(run) {
    await buildIfOld();
    const controlPlane = await startControlPlane();
    try {
      const rewriters = await installRewriters(controlPlane);
      try {
        const peers = await findPeers(run.progress);
        return await measure({ controlPlane, rewriters, peers }, run);
      } finally {
        await rewriters.stop();
      }
    } finally {
      await controlPlane.stop();
    }
  },
};

/** Everything that gives Pods their volumes. */
interface Installed {
  /** Of all but the peers. */
  readonly controlPlane: ControlPlane;
  readonly rewriters: Rewriters;
  readonly peers: Peers;
}

/** A control plane, and what runs in it. */
interface Cluster {
  readonly controlPlane: ControlPlane;
  readonly programs: readonly ResidentProgram[];
}

async function measure(
  { controlPlane, peers, rewriters }: Installed,
  { quick, rounds, progress }: BenchmarkRun,
): Promise<Comparison[]> {
  const ways = ALL_WAYS.filter((way) => !peers.missing.has(way));
  const sizes = quick ? QUICK_SIZES : SIZES;
  const contestants = ways.flatMap((way) =>
    (SLOW.has(way) ? sizes.slice(0, 1) : sizes).map((replicas): Contestant => ({
      way,
      replicas,
      starts: [],
    })),
  );
  /** The workloads whose claims stay from one start to the next. */
  const warm = new Map<Contestant, Workload>();
  const lastStarts = new Map<Contestant, number>();
  let namespaces = 0;

  /** Measures one start. Neither the creation of its namespace nor its removal counts. */
  const startOnce = async (
    contestant: Contestant,
    replicas: number,
    cluster: Cluster,
  ): Promise<Start> => {
    const workload =
      warm.get(contestant) ??
      (await createWorkload(
        cluster.controlPlane,
        `start-${(namespaces += 1)}`,
        contestant.way,
      ));
    const before = await processorTime(cluster);
    const times = await workload.start(replicas);
    const processor = (await processorTime(cluster)) - before;
    lastStarts.set(contestant, performance.now());
    if (contestant.way.warm) {
      warm.set(contestant, workload);
      await workload.end();
    } else await workload.remove();
    return { ...times, processor };
  };

  // Each way once, and those that need claims from before at each size.
  const warmUps = contestants.filter(
    ({ replicas, way }) =>
      way.warm ?? (!quick && !peers.built.has(way) && replicas === sizes[0]),
  );
  const repeats = quick ? 1 : rounds;
  const all = warmUps.length + repeats * contestants.length;
  let done = 0;
  const shared: Cluster = { controlPlane, programs: [rewriters.function] };
  // In reverse: the lease of `Reuse`, which is the last, then ends while the others are measured.
  for (const contestant of warmUps.toReversed()) {
    const { replicas, way } = contestant;
    progress(`warm-up: ${way.name}`, done / all);
    await startOnce(contestant, way.warm ? replicas : WARM_UP, shared);
    done += 1;
  }
  for (let round = 0; round < repeats; round += 1)
    for (const way of rotated(ways, round))
      await withClusterOf(peers.built.get(way), shared, async (cluster) => {
        const ofWay = contestants.filter((each) => each.way === way);
        // The control plane of a peer is new. The shared one is warm.
        if (peers.built.has(way) && ofWay[0])
          await startOnce(ofWay[0], WARM_UP, cluster);
        for (const contestant of ofWay) {
          const { replicas, starts } = contestant;
          done += 1;
          // It takes minutes, and each start is like the other.
          if (way === ORDERED && starts.length > 0) continue;
          if (way.warm) await sleepUntilFree(lastStarts.get(contestant));
          const begin = performance.now();
          const one = await startOnce(contestant, replicas, cluster);
          const whole = (performance.now() - begin) / 1_000;
          starts.push(one);
          progress(
            `round ${round + 1} of ${repeats}: ${replicas} Pods, ${way.name}: exist after ${one.exist.toFixed(1)} s, run after ${one.running.toFixed(1)} s, are gone after ${whole.toFixed(1)} s`,
            done / all,
          );
        }
      });
  return comparisonsOf(contestants);
}

/** Gives a peer a control plane of its own, which ends after `use`, and all others the shared one: what a peer installs would act on them, too. */
async function withClusterOf(
  startPeer: StartPeer | undefined,
  shared: Cluster,
  use: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  if (!startPeer) return await use(shared);
  const controlPlane = await startControlPlane();
  try {
    const { programs, stop } = await startPeer(controlPlane);
    try {
      return await use({ controlPlane, programs });
    } finally {
      await stop();
    }
  } finally {
    await controlPlane.stop();
  }
}

/** A set of claims is free when the lease of its last start has ended. */
async function sleepUntilFree(startedAt = 0): Promise<void> {
  await sleep(Math.max(0, startedAt + LEASE_MS + 1_000 - performance.now()));
}

/** Seconds of the processor that all programs of a cluster have taken so far. */
async function processorTime({
  controlPlane,
  programs,
}: Cluster): Promise<number> {
  // A program with a file of the control plane in its command line is listed, too. It counts once.
  const pids = new Set([
    ...(await processesOf(controlPlane.directory)).map(({ pid }) => pid),
    ...programs.map((program) => program.pid()),
  ]);
  return [...pids].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

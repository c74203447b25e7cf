import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchV1Api,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import {
  claimsOfRunning,
  nameOf,
  rollOut,
  reused,
  reusingDeployment,
  scale,
} from "../../integration/reuse/reuse-suite.ts";
import { podsIn } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { aPod } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { followWatch } from "../../support/follow-watch.ts";
import { drainNode, uncordon } from "./drain-node.ts";
import { loseNode } from "./lose-node.ts";
import { ms, rateRow } from "./report.ts";
import type { Row, Section } from "./report.ts";
import { percentile } from "../measure/statistics.ts";
import { watchHandOvers } from "./watch.ts";
import type { HandOvers } from "./watch.ts";

type Strategy = NonNullable<V1Deployment["spec"]>["strategy"];

/** Keeps a Pod in Terminating, as its containers do. */
const FINALIZER = "example.com/containers-end";
/** Pods take this long to end, in milliseconds. */
const TERMINATION_MS = 3_000;
const PATIENCE_MS = 300_000;
/** The goal for 95 % of the Pods that the end of their predecessor calls for, in milliseconds. */
const LONGEST_GAP_MS = 1_000;
/** The goals for hits, in percent. */
const LEAST_HITS = 99;
const LEAST_HITS_WITH_SURGE = 95;

const RECREATE: Strategy = { type: "Recreate" };
const NO_SURGE: Strategy = {
  type: "RollingUpdate",
  rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
};

export interface ControllerLoad {
  /** Deployments, or series of Jobs, side by side. */
  readonly workloads: number;
  readonly rounds: number;
  /** Replicas of the Deployment that is started at once. */
  readonly burst: number;
  /** Milliseconds. */
  readonly leaseMs: number;
}

/** What Pods get, and when, where the controllers of Kubernetes create them. */
export async function measureControllers(
  suite: AdmissionSuite,
  load: ControllerLoad,
  done: (section: Section) => void,
): Promise<void> {
  const { kubeConfig } = suite.controlPlane;
  /** Hits of the rollouts in which the times between Pods are measured. */
  const rates: Row[] = [];
  const watches: HandOvers[] = [];
  const stopKubelet = await followWatch(
    kubeConfig,
    "/api/v1/pods",
    (_type: string, pod: V1Pod) => void endLater(pod).catch(() => undefined),
    () => undefined,
  );
  try {
    done(await successions());
    done(await hitRates());
    done(await firstStart());
  } finally {
    stopKubelet();
    for (const seen of watches) seen.stop();
  }

  /** Lets a Pod that terminates end a little later. */
  async function endLater({ metadata }: V1Pod): Promise<void> {
    if (
      metadata?.deletionTimestamp === undefined ||
      metadata.finalizers?.includes(FINALIZER) !== true
    )
      return;
    await sleep(TERMINATION_MS);
    await suite.core.patchNamespacedPod(
      {
        namespace: metadata.namespace ?? "",
        name: metadata.name ?? "",
        body: { metadata: { finalizers: [] } },
      },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }

  /** Creates the namespace, and watches it. */
  async function watch(namespace: string): Promise<HandOvers> {
    await createNamespace(kubeConfig, namespace);
    const seen = await watchHandOvers(kubeConfig, namespace);
    watches.push(seen);
    return seen;
  }

  async function start(
    namespace: string,
    replicas: number,
    keys: Readonly<Record<string, string>>,
    strategy?: Strategy,
  ): Promise<HandOvers> {
    const seen = await watch(namespace);
    const body = reusingDeployment("app", replicas, keys, strategy);
    const template = body.spec?.template.metadata;
    if (template) template.finalizers = [FINALIZER];
    await suite.apps.createNamespacedDeployment({ namespace, body });
    await claimsOfRunning(suite, namespace, replicas);
    await leaseEnds();
    seen.begin();
    return seen;
  }

  /** After that, the lease of a Pod that was just created has ended. Both ends are read from a clock of whole seconds. */
  async function leaseEnds(): Promise<void> {
    await sleep(load.leaseMs + 2_500);
  }

  async function rollout(namespace: string, replicas: number): Promise<void> {
    await rollOut(suite, namespace, "app", replicas);
    await leaseEnds();
  }

  /** Runs the same `rounds` in several namespaces at once, and gives what happened in each. */
  async function sideBySide(
    name: string,
    replicas: number,
    keys: Readonly<Record<string, string>>,
    strategy: Strategy | undefined,
    round: (namespace: string) => Promise<void>,
    rounds = load.rounds,
  ): Promise<readonly HandOvers[]> {
    return await Promise.all(
      Array.from({ length: load.workloads }, async (_, index) => {
        const namespace = `${name}-${index}`;
        const seen = await start(namespace, replicas, keys, strategy);
        for (let count = 0; count < rounds; count += 1) await round(namespace);
        seen.stop();
        return seen;
      }),
    );
  }

  async function successions(): Promise<Section> {
    const wait = { "on-miss": "Wait" };
    const deleted = await sideBySide(
      "delete",
      2,
      wait,
      undefined,
      async (namespace) => {
        const [pod] = await podsIn(suite, namespace);
        const name = nameOf(pod ?? {});
        await suite.core.deleteNamespacedPod({ namespace, name });
        await eventually(
          "the Pod is gone",
          async () =>
            (await podsIn(suite, namespace)).every(
              (other) => nameOf(other) !== name,
            ),
          PATIENCE_MS,
        );
        await claimsOfRunning(suite, namespace, 2);
        await leaseEnds();
      },
    );
    const drained = await nodesInTurn("drain", wait, drainNode);
    const lost = await nodesInTurn("lost", wait, loseNode);
    const recreated = await sideBySide("recreate", 3, wait, RECREATE, (of) =>
      rollout(of, 3),
    );
    // Without a bound a Pod that is created before the old one is deleted gets a new set.
    const bounded = { ...wait, "max-sets": "3" };
    const rolled = await sideBySide("no-surge", 3, bounded, NO_SURGE, (of) =>
      rollout(of, 3),
    );
    const hits = [...recreated, ...rolled];
    rates.push(
      rate("Recreate, `Wait`", recreated, LEAST_HITS),
      rate("maxSurge 0, `Wait`, `max-sets`", rolled, LEAST_HITS),
    );
    return {
      title: "From the end of a Pod to its successor",
      text: `The time from the moment at which the old Pod is gone to the creation of the Pod that gets its claims, with \`on-miss: Wait\`. A Pod takes ${TERMINATION_MS / 1_000} s to end. ${load.workloads} Deployments at once, ${load.rounds} rounds each; ${hits.reduce((sum, seen) => sum + seen.pods(), 0)} Pods in the rollouts. A drain evicts all Pods of a node at once: with two Pods of a Deployment on it, each successor waits until both are gone. The Pods of a lost node do not end: Kubernetes marks them as failed and deletes them about a minute after the node's object is gone, and the benchmark does the same without that minute. The end of a Pod wakes its own controller. With maxSurge 0 that is the old ReplicaSet, so the new one may only try again after a pause, which gets longer with each try.`,
      rows: [
        gapsOf("`kubectl delete pod`", deleted, LONGEST_GAP_MS),
        gapsOf("drain of a node", drained, LONGEST_GAP_MS),
        gapsOf("a lost node", lost, LONGEST_GAP_MS),
        gapsOf("rollout with Recreate", recreated, LONGEST_GAP_MS),
        gapsOf("rollout with maxSurge 0", rolled),
      ],
    };
  }

  /** Takes the Pods of all Deployments from one node after another. */
  async function nodesInTurn(
    name: string,
    keys: Readonly<Record<string, string>>,
    takePods: typeof drainNode,
  ): Promise<readonly HandOvers[]> {
    const namespaces = Array.from(
      { length: load.workloads },
      (_, index) => `${name}-${index}`,
    );
    const all = await Promise.all(
      namespaces.map((namespace) => start(namespace, 2, keys)),
    );
    const { items: nodes } = await suite.core.listNode();
    for (let count = 0; count < load.rounds; count += 1) {
      const node = nameOf(nodes[count % nodes.length] ?? {});
      try {
        await takePods(suite, node, namespaces, PATIENCE_MS);
        await Promise.all(
          namespaces.map((namespace) => claimsOfRunning(suite, namespace, 2)),
        );
      } finally {
        await uncordon(suite, node);
      }
      await leaseEnds();
    }
    for (const seen of all) seen.stop();
    return all;
  }

  async function hitRates(): Promise<Section> {
    const zero = await sideBySide("zero", 10, {}, undefined, async (of) => {
      await scale(suite, of, "app", 0);
      await eventually(
        "no Pod is left",
        async () => (await podsIn(suite, of)).length === 0,
        PATIENCE_MS,
      );
      await scale(suite, of, "app", 10);
      await claimsOfRunning(suite, of, 10);
      await leaseEnds();
    });
    const jobs = await jobsInTurn();
    const surges = await surgeRollouts();
    return {
      title: "Hits",
      text: `Pods that get a claim that was there before. A lease lasts ${load.leaseMs / 1_000} s here, and every Pod lives for longer.`,
      rows: [
        rate("scale to zero and back, `Create`", zero, LEAST_HITS),
        ...rates,
        jobs,
        ...surges,
      ],
    };
  }

  /** Jobs of one pool, each after the end of the one before, which has lived for longer than its lease. */
  async function jobsInTurn(): Promise<Row> {
    const batch = kubeConfig.makeApiClient(BatchV1Api);
    let hits = 0;
    let all = 0;
    await Promise.all(
      Array.from({ length: load.workloads }, async (_, index) => {
        const namespace = `jobs-${index}`;
        const seen = await watch(namespace);
        for (let count = 0; count <= 2 * load.rounds; count += 1) {
          if (count === 1) seen.begin();
          const { spec } = aPod();
          if (!spec) throw new Error("a Pod has no spec");
          await batch.createNamespacedJob({
            namespace,
            body: {
              metadata: { name: `job-${count}` },
              spec: {
                template: {
                  metadata: { annotations: reused({ pool: "jobs" }) },
                  spec: { ...spec, restartPolicy: "Never" },
                },
              },
            },
          });
          await eventually(
            "the Job has ended",
            async () =>
              (await podsIn(suite, namespace)).filter(
                ({ status }) => status?.phase === "Succeeded",
              ).length ===
              count + 1,
            PATIENCE_MS,
          );
          await leaseEnds();
        }
        seen.stop();
        hits += seen.hits();
        all += seen.pods();
      }),
    );
    return rateRow("Jobs one after another, `Create`", hits, all, LEAST_HITS);
  }

  /** Rollouts with the default strategy: the first one has no free set for its first Pods. */
  async function surgeRollouts(): Promise<Row[]> {
    const first = { hits: 0, all: 0 };
    const later = { hits: 0, all: 0 };
    await Promise.all(
      Array.from({ length: load.workloads }, async (_, index) => {
        const namespace = `surge-${index}`;
        const seen = await start(namespace, 8, {});
        for (let count = 0; count < load.rounds; count += 1) {
          await rollout(namespace, 8);
          const sum = count === 0 ? first : later;
          sum.hits += seen.hits();
          sum.all += seen.pods();
          seen.begin();
        }
        seen.stop();
      }),
    );
    return [
      rateRow("first rollout with surge, `Create`", first.hits, first.all),
      rateRow(
        "later rollouts with surge, `Create`",
        later.hits,
        later.all,
        LEAST_HITS_WITH_SURGE,
      ),
    ];
  }

  /** All Pods of a Deployment at once, none of which has a predecessor. */
  async function firstStart(): Promise<Section> {
    const { burst } = load;
    return {
      title: "Many Pods at once",
      text: `A Deployment of ${burst} replicas with \`on-miss: Wait\` until all run. [comparison.md](../comparison.md) has the times of Pods on free sets.`,
      rows: [
        await startAtOnce(
          "wait",
          `${burst} Pods with \`Wait\`, first start`,
          {},
        ),
        await startAtOnce(
          "bounded",
          `${burst} Pods with \`Wait\`, \`max-sets\` and maxSurge 0, first start`,
          { "max-sets": String(burst) },
          NO_SURGE,
        ),
      ],
    };
  }

  async function startAtOnce(
    namespace: string,
    what: string,
    keys: Readonly<Record<string, string>>,
    strategy?: Strategy,
  ): Promise<Row> {
    const { burst } = load;
    await createNamespace(kubeConfig, namespace);
    const begin = performance.now();
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment(
        "app",
        burst,
        { "on-miss": "Wait", ...keys },
        strategy,
      ),
    });
    await claimsOfRunning(suite, namespace, burst);
    const took = performance.now() - begin;
    const { items } = await suite.core.listNamespacedEvent({
      namespace,
      fieldSelector: "reason=FailedCreate",
    });
    const rejections = items.reduce((sum, { count = 1 }) => sum + count, 0);
    return {
      what,
      value: `${ms(took)}, ${rejections} FailedCreate`,
      goal: { text: "no FailedCreate", met: rejections === 0 },
    };
  }
}

function rate(what: string, all: readonly HandOvers[], least: number): Row {
  return rateRow(
    what,
    all.reduce((sum, seen) => sum + seen.hits(), 0),
    all.reduce((sum, seen) => sum + seen.pods(), 0),
    least,
  );
}

/** With `mostMs`, that is the goal for 95 % of the Pods. */
function gapsOf(what: string, all: readonly HandOvers[], mostMs?: number): Row {
  const gaps = all.flatMap((seen) => seen.gaps());
  const p95 = percentile(gaps, 0.95);
  return {
    what,
    value: `p50 ${ms(percentile(gaps, 0.5))}, p95 ${ms(p95)} (${gaps.length} Pods)`,
    ...(mostMs !== undefined && {
      goal: { text: `p95 below ${ms(mostMs)}`, met: p95 < mostMs },
    }),
  };
}

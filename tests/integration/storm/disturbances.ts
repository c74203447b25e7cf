import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import {
  carriesMarker,
  HOLD_KEY,
  POOL_LABEL,
  RETAIN,
  TEMPLATE_RETENTION,
} from "../../../functions/contract/keys.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import type { KillableFunction } from "../../support/killable-function.ts";
import { nameOf } from "../reuse/reuse-suite.ts";
import { BY_HAND_LABEL, seenClaim } from "./history.ts";
import { itemAt, randomNumbers } from "./seed.ts";
import {
  createDeployment,
  createPopulatedNamespace,
  DEPLOYMENT_NAMES,
  NO_LIMIT,
  QUOTA,
} from "./workloads.ts";

/** Namespaces that stay, and those that go again and again. */
const LASTING = 3;
const PASSING = 2;

/** The longest pause between two disturbances. */
const LONGEST_PAUSE_MS = 200;

/** What happens, and how often in each round. */
const DECK = {
  "Deployments scaled": 6,
  "Deployments rolled": 2,
  "Deployments deleted": 1,
  "Pods deleted": 4,
  "Pods evicted": 3,
  "Pods deleted by force": 3,
  "quotas changed": 2,
  "namespaces deleted": 1,
  "claims mounted by hand": 3,
  "claims held": 2,
  "holds taken away": 2,
  "claims retained": 1,
  "functions killed": 1,
} as const;

export type Disturbance = keyof typeof DECK;

/** One disturbance, as the seed gives it. The shares, from 0 to 1, choose among what is there. */
interface Step {
  readonly what: Disturbance;
  readonly namespace: number;
  readonly object: number;
  readonly size: number;
  readonly pauseMs: number;
}

/** Steps without end, in rounds that have each disturbance: also a short storm has them all. */
export function* stepsOf(random: () => number): Generator<Step> {
  for (;;) {
    const round = Object.entries(DECK)
      .flatMap(([what, count]) =>
        Array.from({ length: count }, () => ({
          what: what as Disturbance,
          lot: random(),
        })),
      )
      .toSorted((a, b) => a.lot - b.lot);
    for (const { what } of round)
      yield {
        what,
        namespace: random(),
        object: random(),
        size: random(),
        pauseMs: random() * LONGEST_PAUSE_MS,
      };
  }
}

/** What the people of a storm do, and how often it worked. */
export interface Disturbances {
  /** How often each has happened so far. One that found nothing to disturb has not. */
  readonly happened: ReadonlyMap<Disturbance, number>;
  readonly namespaces: () => readonly string[];
  readonly deletedNamespaces: ReadonlySet<string>;
  /** Does one after the other until it is over. */
  readonly goOnUntil: (isOver: () => boolean) => Promise<void>;
  /** Puts a hold on a claim, as somebody does who needs what is on it, and takes away its owners. */
  readonly hold: (namespace: string, name: string) => Promise<void>;
  /** Mounts a claim by hand that has neither a Pod nor a hold. Gives false when there is none. */
  readonly mountUnused: (namespace: string) => Promise<boolean>;
  /** No quota rejects a Pod any more. */
  readonly liftQuotas: () => Promise<void>;
}

/** Populates the namespaces. A claim that is younger than `settledMs` may still be on the way to its Pod: people leave it alone. */
export async function prepareDisturbances(
  { kubeConfig }: ControlPlane,
  functions: readonly KillableFunction[],
  settledMs: number,
): Promise<Disturbances> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
  const happened = new Map(
    Object.keys(DECK).map((what) => [what as Disturbance, 0]),
  );
  const deletedNamespaces = new Set<string>();
  const namespaces = await Promise.all(
    Array.from({ length: LASTING + PASSING }, (_, index) =>
      newNamespace(index < LASTING ? "lasting" : "passing"),
    ),
  );
  let byHand = 0;
  let revision = 0;

  const perform: Readonly<
    Record<
      Disturbance,
      (namespace: string, step: Step) => Promise<unknown> | void
    >
  > = {
    "Deployments scaled": (namespace, { object, size }) =>
      apps.patchNamespacedDeploymentScale(
        {
          namespace,
          name: itemAt(DEPLOYMENT_NAMES, object),
          body: { spec: { replicas: Math.floor(size * 8) } },
        },
        merge,
      ),
    "Deployments rolled": (namespace, { object }) => {
      revision += 1;
      return apps.patchNamespacedDeployment(
        {
          namespace,
          name: itemAt(DEPLOYMENT_NAMES, object),
          body: {
            spec: {
              template: {
                metadata: { labels: { revision: String(revision) } },
              },
            },
          },
        },
        merge,
      );
    },
    "Deployments deleted": async (namespace, { object }) => {
      const name = itemAt(DEPLOYMENT_NAMES, object);
      await apps.deleteNamespacedDeployment({ namespace, name });
      await createDeployment(apps, namespace, name);
    },
    "Pods deleted": async (namespace, { object }) =>
      core.deleteNamespacedPod({
        namespace,
        name: await somePod(namespace, object),
      }),
    "Pods evicted": async (namespace, { object }) => {
      const name = await somePod(namespace, object);
      await core.createNamespacedPodEviction({
        namespace,
        name,
        body: {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name },
        },
      });
    },
    "Pods deleted by force": async (namespace, { object }) =>
      core.deleteNamespacedPod({
        namespace,
        name: await somePod(namespace, object),
        gracePeriodSeconds: 0,
      }),
    "quotas changed": (namespace, { object, size }) => {
      // The first one admits no Pod, so that a quota rejects some in a short storm on a busy machine, too.
      const isFirst = happened.get("quotas changed") === 0;
      const limit = object < 0.5 ? String(Math.floor(size * 16)) : NO_LIMIT;
      return setQuota(namespace, isFirst ? "0" : limit);
    },
    "namespaces deleted": async (_, { object }) => {
      const index = LASTING + Math.floor(object * PASSING);
      const name = namespaces[index] ?? "";
      deletedNamespaces.add(name);
      await core.deleteNamespace({ name });
      namespaces[index] = await newNamespace("passing");
    },
    "claims mounted by hand": async (namespace, { object, size }) => {
      const claims = (await claimsOf(namespace)).filter(isSettled);
      const claim = nameOf(itemAt(claims, object));
      const held = size < 0.5;
      if (held) await hold(namespace, claim);
      await mount(namespace, claim, held);
    },
    "claims held": async (namespace, { object }) => {
      const claims = (await claimsOf(namespace)).filter(isSettled);
      await hold(namespace, nameOf(itemAt(claims, object)));
    },
    "holds taken away": async (namespace, { object }) => {
      const claims = (await claimsOf(namespace)).filter(
        (claim) => seenClaim(claim).held,
      );
      await patchClaim(namespace, nameOf(itemAt(claims, object)), {
        annotations: { [HOLD_KEY]: null },
      });
    },
    "claims retained": async (namespace, { object }) => {
      const claims = (await claimsOf(namespace)).filter(
        (claim) =>
          isSettled(claim) &&
          claim.metadata?.labels?.[POOL_LABEL] === undefined,
      );
      await patchClaim(namespace, nameOf(itemAt(claims, object)), {
        annotations: { [TEMPLATE_RETENTION]: RETAIN },
        ownerReferences: null,
      });
    },
    "functions killed": (_, { object }) => {
      // Nobody waits until it listens again.
      void itemAt(functions, object)
        .restart()
        .catch(() => undefined);
    },
  };

  return {
    happened,
    namespaces: () => namespaces,
    deletedNamespaces,
    async goOnUntil(isOver) {
      for (const step of stepsOf(randomNumbers(0))) {
        if (isOver()) return;
        try {
          await perform[step.what](itemAt(namespaces, step.namespace), step);
          happened.set(step.what, (happened.get(step.what) ?? 0) + 1);
        } catch {
          // There was nothing to choose from, or it went away meanwhile.
        }
        await sleep(step.pauseMs);
      }
    },
    hold,
    async mountUnused(namespace) {
      const pods = (await core.listNamespacedPod({ namespace })).items;
      const used = new Set(pods.flatMap(claimsNamedBy));
      const unused = (await claimsOf(namespace)).find(
        (claim) =>
          isSettled(claim) && !isToStay(claim) && !used.has(nameOf(claim)),
      );
      if (unused) await mount(namespace, nameOf(unused), false);
      return unused !== undefined;
    },
    async liftQuotas() {
      for (const namespace of namespaces) await setQuota(namespace, NO_LIMIT);
    },
  };

  async function newNamespace(prefix: string): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString("hex")}`;
    await createPopulatedNamespace(kubeConfig, name);
    return name;
  }

  async function somePod(namespace: string, share: number): Promise<string> {
    const { items } = await core.listNamespacedPod({ namespace });
    return nameOf(itemAt(items, share));
  }

  /** The claims of ours that stay for now. */
  async function claimsOf(
    namespace: string,
  ): Promise<V1PersistentVolumeClaim[]> {
    const { items } = await core.listNamespacedPersistentVolumeClaim({
      namespace,
    });
    return items.filter(
      (claim) =>
        carriesMarker(claim.metadata?.labels) &&
        seenClaim(claim).ours &&
        claim.metadata?.deletionTimestamp === undefined,
    );
  }

  function isSettled(claim: V1PersistentVolumeClaim): boolean {
    return Date.now() - seenClaim(claim).createdAt > settledMs;
  }

  async function patchClaim(
    namespace: string,
    name: string,
    metadata: object,
  ): Promise<void> {
    const patched = await core.patchNamespacedPersistentVolumeClaim(
      { namespace, name, body: { metadata } },
      merge,
    );
    if (patched.metadata?.deletionTimestamp !== undefined)
      throw new Error(`${namespace}/${name} is being deleted`);
  }

  /** As docs/janitor.md says: the garbage collector knows no hold, so the owners go in the same change. */
  async function hold(namespace: string, name: string): Promise<void> {
    await patchClaim(namespace, name, {
      annotations: { [HOLD_KEY]: "true" },
      ownerReferences: null,
    });
  }

  async function mount(
    namespace: string,
    claimName: string,
    held: boolean,
  ): Promise<void> {
    byHand += 1;
    await core.createNamespacedPod({
      namespace,
      body: {
        metadata: {
          name: `by-hand-${byHand}`,
          labels: { [BY_HAND_LABEL]: held ? "held" : "unheld" },
        },
        spec: {
          containers: [
            {
              name: "app",
              image: "app:1",
              volumeMounts: [{ name: "found", mountPath: "/found" }],
            },
          ],
          volumes: [{ name: "found", persistentVolumeClaim: { claimName } }],
        },
      },
    });
  }

  async function setQuota(namespace: string, pods: string): Promise<void> {
    await core.patchNamespacedResourceQuota(
      { namespace, name: QUOTA, body: { spec: { hard: { pods } } } },
      merge,
    );
  }
}

function isToStay(claim: V1PersistentVolumeClaim): boolean {
  const { held, stays } = seenClaim(claim);
  return held || stays !== undefined;
}

function claimsNamedBy({ spec }: V1Pod): string[] {
  return (spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
}

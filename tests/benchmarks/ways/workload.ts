import {
  CoreV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { KubernetesObject, V1Pod } from "@kubernetes/client-node";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { aBarePod } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { followWatch } from "../../support/follow-watch.ts";
import { VOLUMES_FROM, workloadOf } from "./ways.ts";
import type { Way } from "./ways.ts";

/** For hundreds of Pods that start one after the other, on a busy machine. */
const PATIENCE_MS = 900_000;
/** The API server learns of a webhook or a policy through a watch. */
const IN_FORCE_MS = 60_000;

/** Seconds from the change of the scale. */
export interface StartTimes {
  readonly exist: number;
  readonly running: number;
}

/** The only workload of a namespace. */
export interface Workload {
  readonly namespace: string;
  /** Changes the number of Pods, and waits for nothing. */
  readonly scale: (replicas: number) => Promise<void>;
  /** Starts so many Pods, where there are none, and waits until all run. */
  readonly start: (replicas: number) => Promise<StartTimes>;
  /** Waits until so many run. */
  readonly running: (replicas: number) => Promise<void>;
  /** Ends all Pods, and waits until they are gone. */
  readonly end: () => Promise<void>;
  /**
   * Deletes it with its Pods and claims, and waits until they are gone, and the volumes of the claims. The namespace stays, and has
   * nothing to do: the namespace controller would begin to delete it only after five seconds.
   */
  readonly remove: () => Promise<void>;
  readonly pods: () => Promise<V1Pod[]>;
  /** The number of claims in the namespace. */
  readonly claims: () => Promise<number>;
}

/** Creates the workload of a way in a namespace of its own, without Pods. Waits until its Pods would get their volumes. */
export async function createWorkload(
  { kubeConfig }: Pick<ControlPlane, "kubeConfig">,
  namespace: string,
  way: Way,
): Promise<Workload> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const objects = KubernetesObjectApi.makeApiClient(kubeConfig);
  const workload = workloadOf(way, namespace);

  const pods = async (): Promise<V1Pod[]> =>
    (await core.listNamespacedPod({ namespace })).items;

  const scale = async (replicas: number): Promise<void> => {
    const { apiVersion, kind, metadata } = workload;
    await objects.patch(
      { apiVersion, kind, metadata, spec: { replicas } } as KubernetesObject,
      undefined,
      undefined,
      undefined,
      undefined,
      PatchStrategy.MergePatch,
    );
  };

  const end = async (): Promise<void> => {
    await scale(0);
    // Asks for one: with hundreds, the question alone would keep the machine busy.
    await eventually(
      `no Pod is left in ${namespace}`,
      async () =>
        (await core.listNamespacedPod({ namespace, limit: 1 })).items.length ===
        0,
      PATIENCE_MS,
    );
  };

  await createNamespace(kubeConfig, namespace);
  if (way.rewriter !== undefined)
    await core.patchNamespace(
      {
        name: namespace,
        body: { metadata: { labels: { [VOLUMES_FROM]: way.rewriter } } },
      },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  await objects.create(workload);

  if (way.rewriter !== undefined && way.rewriter !== "no-op-webhook")
    await eventually(
      `${way.name} is in force`,
      async () => {
        const { spec } = await core.createNamespacedPod({
          namespace,
          body: aBarePod("probe"),
          dryRun: "All",
        });
        return spec?.volumes?.every(({ emptyDir }) => emptyDir === undefined);
      },
      IN_FORCE_MS,
    );

  return {
    namespace,
    scale,
    pods,
    claims: async () =>
      (await core.listNamespacedPersistentVolumeClaim({ namespace })).items
        .length,
    async start(replicas) {
      const existing = new Set<string>();
      const running = new Set<string>();
      let existAt: number | undefined;
      let runningAt: number | undefined;
      const stop = await followWatch(
        kubeConfig,
        `/api/v1/namespaces/${namespace}/pods`,
        (_type, { metadata, status }: V1Pod) => {
          const name = metadata?.name ?? "";
          existing.add(name);
          if (status?.phase === "Running") running.add(name);
          if (existing.size >= replicas) existAt ??= performance.now();
          if (running.size >= replicas) runningAt ??= performance.now();
        },
        () => undefined,
      );
      try {
        const begun = performance.now();
        await scale(replicas);
        return await eventually(
          `${replicas} Pods run in ${namespace}`,
          () =>
            existAt !== undefined &&
            runningAt !== undefined && {
              exist: (existAt - begun) / 1_000,
              running: (runningAt - begun) / 1_000,
            },
          PATIENCE_MS,
        );
      } finally {
        stop();
      }
    },
    async running(replicas) {
      await eventually(
        `${replicas} Pods run in ${namespace}`,
        async () =>
          (await pods()).filter(({ status }) => status?.phase === "Running")
            .length === replicas,
        PATIENCE_MS,
      );
    },
    end,
    async remove() {
      await end();
      await objects.delete(workload);
      await core.deleteCollectionNamespacedPersistentVolumeClaim({ namespace });
      await eventually(
        `no claim is left in ${namespace}`,
        async () => {
          const { items } = await core.listNamespacedPersistentVolumeClaim({
            namespace,
            limit: 1,
          });
          return items.length === 0;
        },
        PATIENCE_MS,
      );
      await eventually(
        `no volume is left of ${namespace}`,
        async () => {
          const { items } = await core.listPersistentVolume();
          return items.every(
            ({ spec }) => spec?.claimRef?.namespace !== namespace,
          );
        },
        PATIENCE_MS,
      );
    },
  };
}

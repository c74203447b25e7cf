import type {
  V1Deployment,
  V1ObjectMeta,
  V1Pod,
} from "@kubernetes/client-node";
import {
  aDeployment,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { cacheAnnotations } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";

/** Annotations of a Pod whose volume `cache` is reused, with these keys of the contract, written without their prefix. */
export function reused(
  keys: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    ...cacheAnnotations,
    "volume-claim-template/retention": "Reuse",
    ...Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [
        `volume-claim-template/${key}`,
        value,
      ]),
    ),
  };
}

/** A Deployment of reused volumes. `strategy` is the default of Kubernetes unless given. */
export function reusingDeployment(
  name: string,
  replicas: number,
  keys: Readonly<Record<string, string>> = {},
  strategy?: NonNullable<V1Deployment["spec"]>["strategy"],
): V1Deployment {
  const deployment = aDeployment(name, replicas, reused(keys));
  if (deployment.spec && strategy) deployment.spec.strategy = strategy;
  return deployment;
}

/** Sorted names of the claims of all Pods that run, once there are exactly `count` Pods, and each of them runs on its own. */
export async function claimsOfRunning(
  suite: AdmissionSuite,
  namespace: string,
  count: number,
  isMeant: (pod: V1Pod) => boolean = () => true,
): Promise<string[]> {
  return await eventually(
    `${count} Pods run in ${namespace}`,
    async () => {
      const pods = await podsIn(suite, namespace);
      const claims = new Set(pods.map(claimOf));
      return (
        pods.length === count &&
        claims.size === count &&
        pods.every(
          (pod) =>
            pod.status?.phase === "Running" &&
            pod.metadata?.deletionTimestamp === undefined &&
            isMeant(pod),
        ) &&
        [...claims].map((claim) => claim ?? "").toSorted()
      );
    },
    120_000,
  );
}

/** Sorted names of all claims. */
export async function claimNames(
  suite: AdmissionSuite,
  namespace: string,
): Promise<string[]> {
  return (await claimsIn(suite, namespace)).map(nameOf).toSorted();
}

export function nameOf({
  metadata,
}: {
  readonly metadata?: V1ObjectMeta;
}): string {
  return metadata?.name ?? "";
}

/** Changes the Pod template, as `kubectl rollout restart` does. */
export async function restart(
  { apps }: AdmissionSuite,
  namespace: string,
  name: string,
): Promise<string> {
  const revision = String(Date.now());
  // The controller writes to the Deployment, too.
  await eventually("the Deployment is restarted", async () => {
    const deployment = await apps.readNamespacedDeployment({ namespace, name });
    const { template } = deployment.spec ?? {};
    if (template?.metadata)
      template.metadata.labels = { ...template.metadata.labels, revision };
    return await apps.replaceNamespacedDeployment({
      namespace,
      name,
      body: deployment,
    });
  });
  return revision;
}

/** Changes the Pod template, and gives the claims of the new Pods once all of them run and no old one is left. */
export async function rollOut(
  suite: AdmissionSuite,
  namespace: string,
  name: string,
  count: number,
): Promise<string[]> {
  const revision = await restart(suite, namespace, name);
  return await claimsOfRunning(
    suite,
    namespace,
    count,
    ({ metadata }) => metadata?.labels?.["revision"] === revision,
  );
}

export async function scale(
  { apps }: AdmissionSuite,
  namespace: string,
  name: string,
  replicas: number,
): Promise<void> {
  await eventually("the Deployment is scaled", async () => {
    const body = await apps.readNamespacedDeploymentScale({ namespace, name });
    body.spec = { replicas };
    try {
      await apps.replaceNamespacedDeploymentScale({ namespace, name, body });
      return true;
    } catch {
      return false;
    }
  });
}

/** The status that the Pod garbage collector writes before it deletes a Pod whose node is gone. */
export const STATUS_WITHOUT_NODE = {
  phase: "Failed",
  conditions: [
    {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByPodGC",
      message: "PodGC: node no longer exists",
    },
  ],
};

import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import type {
  KubeConfig,
  V1Deployment,
  V1PersistentVolumeClaim,
  V1ResourceQuota,
} from "@kubernetes/client-node";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  REQUEST_UID_ANNOTATION,
  REQUESTED_AT_ANNOTATION,
  RETAIN,
  TEMPLATE_NAME,
  TEMPLATE_RETENTION,
} from "../../../functions/contract/keys.ts";
import { claimName } from "../../../functions/contract/claim-name.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import { aDeployment } from "../../support/admission-suite.ts";
import { cacheAnnotations } from "../../support/builders.ts";
import { aDeploymentWith } from "../../support/pods-with-volumes.ts";
import { reusingDeployment } from "../reuse/reuse-suite.ts";
import { FOREIGN_LABEL } from "./history.ts";

/** The name of the ResourceQuota of each namespace. */
export const QUOTA = "pods";
/** So many Pods that the quota rejects none. */
export const NO_LIMIT = "1000";

/** A Deployment whose Pods never get a node: their claims must stay all the same. */
function waitingForNode(): V1Deployment {
  const deployment = aDeployment("waiting", 1);
  const { spec } = deployment.spec?.template ?? {};
  if (spec) spec.nodeSelector = { "storm.example.com/nowhere": "true" };
  return deployment;
}

const standard = { storageClassName: "standard" };

/** The Deployments of each namespace: every retention, one and two volumes, and Pods that wait. */
const DEPLOYMENTS: readonly V1Deployment[] = [
  aDeployment("web", 3),
  aDeploymentWith("pair", 2, [
    { name: "data", ...standard },
    { name: "log", ...standard },
  ]),
  waitingForNode(),
  aDeployment("kept", 2, { ...cacheAnnotations, [TEMPLATE_RETENTION]: RETAIN }),
  reusingDeployment("cache", 3),
  reusingDeployment("db", 2, { "on-miss": "Wait" }, { type: "Recreate" }),
];

export const DEPLOYMENT_NAMES = DEPLOYMENTS.map(
  ({ metadata }) => metadata?.name ?? "",
);

/** Creates a Deployment of the list. */
export async function createDeployment(
  apps: AppsV1Api,
  namespace: string,
  name: string,
): Promise<void> {
  const body = DEPLOYMENTS.find(({ metadata }) => metadata?.name === name);
  if (!body) throw new Error(`there is no Deployment ${name}`);
  await apps.createNamespacedDeployment({
    namespace,
    body: structuredClone(body),
  });
}

/** Creates a namespace with a quota, with claims that are not ours, and with every Deployment. */
export async function createPopulatedNamespace(
  kubeConfig: KubeConfig,
  namespace: string,
): Promise<void> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  await createNamespace(kubeConfig, namespace);
  const quota = await core.createNamespacedResourceQuota({
    namespace,
    body: { metadata: { name: QUOTA }, spec: { hard: { pods: NO_LIMIT } } },
  });
  for (const body of foreignClaims(quota))
    await core.createNamespacedPersistentVolumeClaim({ namespace, body });
  for (const name of DEPLOYMENT_NAMES)
    await createDeployment(apps, namespace, name);
}

/** Claims without a Pod that look like ours, each in another way, and are not. One has an owner, which is no Pod. */
function foreignClaims({
  metadata: owner,
}: V1ResourceQuota): V1PersistentVolumeClaim[] {
  const ours = claimName("web-", "cache", "look-alike");
  const annotations = {
    [REQUEST_UID_ANNOTATION]: "look-alike",
    [REQUESTED_AT_ANNOTATION]: new Date().toISOString(),
  };
  const managed = { [MANAGED_LABEL]: MANAGED_VALUE };
  const managedBy = { [MANAGED_BY_LABEL]: MANAGED_BY_VALUE };
  const ofVolume = { [TEMPLATE_NAME]: "cache" };
  const claims: NonNullable<V1PersistentVolumeClaim["metadata"]>[] = [
    // The name and the annotations that the function gives, and no labels.
    { name: ours, annotations },
    {
      name: `${ours}-1`,
      annotations,
      labels: { ...managed, ...ofVolume },
    },
    {
      name: `${ours}-2`,
      annotations,
      labels: { ...managedBy, ...ofVolume },
    },
    // Both labels, and a name that the function does not give.
    {
      name: `${ours}-3`,
      annotations,
      labels: { ...managed, ...managedBy, ...ofVolume },
    },
    {
      name: claimName("web-", "cache", "owned"),
      annotations: { ...annotations, [REQUEST_UID_ANNOTATION]: "owned" },
      labels: { ...managed, ...managedBy, ...ofVolume },
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "ResourceQuota",
          name: owner?.name ?? "",
          uid: owner?.uid ?? "",
          controller: true,
        },
      ],
    },
    {
      name: "web-cache-of-somebody",
      labels: { ...managed, [MANAGED_BY_LABEL]: "helm" },
    },
  ];
  return claims.map((metadata) => ({
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [FOREIGN_LABEL]: "true" },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Mi" } },
    },
  }));
}

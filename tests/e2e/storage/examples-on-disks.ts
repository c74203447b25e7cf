import { readFile } from "node:fs/promises";
import path from "node:path";
import type {
  KubernetesObject,
  V1Deployment,
  V1Pod,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { kubectl } from "../steps/cluster.ts";
import { diskClass } from "./disks.ts";
import { readyPods } from "../steps/workloads.ts";

const examples = path.join(import.meta.dirname, "../../../examples");

/** Reads a manifest of examples/, for disks of 1Gi of our driver and with an image that the cluster has; the rest is as it is. */
export async function readExample(
  name: string,
  change: (deployment: V1Deployment) => void,
): Promise<KubernetesObject[]> {
  const text = await readFile(path.join(examples, `${name}.yaml`), "utf8");
  const objects = parseAllDocuments(text).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const deployment: V1Deployment | undefined = objects.find(
    ({ kind }) => kind === "Deployment",
  );
  if (deployment?.spec === undefined)
    throw new Error(`examples/${name}.yaml has no Deployment`);
  const { metadata } = deployment.spec.template;
  deployment.spec.template.metadata = {
    ...metadata,
    annotations: {
      ...metadata?.annotations,
      "volume-claim-template/storage-class": diskClass,
      "volume-claim-template/storage": "1Gi",
    },
  };
  change(deployment);
  return objects;
}

/** Replaces the image, and asks more often whether the container is ready. */
export function setImage(deployment: V1Deployment, image: string): void {
  for (const container of deployment.spec?.template.spec?.containers ?? []) {
    container.image = image;
    if (container.readinessProbe) container.readinessProbe.periodSeconds = 1;
  }
}

/** The objects, for this namespace. */
export function inNamespace(
  namespace: string,
  objects: readonly KubernetesObject[],
): object[] {
  return objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace },
  }));
}

/** Scales a Deployment and waits for its ready Pods, or until none is left. */
export async function scale(
  namespace: string,
  name: string,
  replicas: number,
): Promise<V1Pod[]> {
  await kubectl(
    `scale deployment/${name} --namespace=${namespace} --replicas=${replicas}`,
  );
  return readyPods(namespace, name, replicas);
}

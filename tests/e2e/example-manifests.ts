import { readFile } from "node:fs/promises";
import path from "node:path";
import type { KubernetesObject, V1Deployment } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { apply } from "./cluster.ts";
import { shellImage } from "./workloads.ts";

/** A script in the place of the program whose image the cluster has not. */
export interface StandIn {
  readonly script: string;
  /** Succeeds when the script is ready. */
  readonly ready: string;
}

/**
 * Applies a manifest of examples/ as it is, users, groups, requests and mounts included, but for the program of its Deployment
 * and, when given, the storage class. Throws if the manifest has no Deployment.
 */
export async function applyExample(
  namespace: string,
  name: string,
  standIn: StandIn,
  storageClass?: string,
): Promise<void> {
  const file = path.join(import.meta.dirname, "../../examples", `${name}.yaml`);
  const objects = parseAllDocuments(await readFile(file, "utf8")).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const deployment: V1Deployment | undefined = objects.find(
    ({ kind }) => kind === "Deployment",
  );
  const template = deployment?.spec?.template;
  const [container] = template?.spec?.containers ?? [];
  if (template === undefined || container === undefined)
    throw new Error(`examples/${name}.yaml has no Deployment with a container`);
  container.image = shellImage;
  container.command = ["sh", "-c", standIn.script];
  delete container.args;
  container.readinessProbe = {
    exec: { command: ["sh", "-c", standIn.ready] },
    periodSeconds: 1,
  };
  if (storageClass !== undefined)
    template.metadata = {
      ...template.metadata,
      annotations: {
        ...template.metadata?.annotations,
        "volume-claim-template/storage-class": storageClass,
      },
    };
  await apply(
    ...objects.map((object) => ({
      ...object,
      metadata: { ...object.metadata, namespace },
    })),
  );
}

import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
} from "@kubernetes/client-node";
import { waitUntil } from "./wait-until.ts";

/** About 3 s on an idle machine with 2 cores. */
const preparationTimeoutMs = 60_000;

export interface PrepareOptions {
  readonly nodes: number;
  readonly controllers: boolean;
  /** Ends the waiting when a process has ended. */
  readonly failed: Promise<Error>;
  /** For the message when the waiting for this program was in vain. */
  readonly logTail: (program: "kube-apiserver" | "kwok") => Promise<string>;
}

/** Brings a fresh API server to where Pods can be created and scheduled and claims are bound. */
export async function prepareCluster(
  config: KubeConfig,
  { nodes, controllers, failed, logTail }: PrepareOptions,
): Promise<void> {
  const waiting = { timeoutMs: preparationTimeoutMs, failed };
  await Promise.all([
    createNodes(config, nodes),
    createDefaultStorageClass(config),
    waitUntil(
      "ServiceAccount default/default",
      () => ensureDefaultServiceAccount(config, "default"),
      { ...waiting, logTail: () => logTail("kube-apiserver") },
    ),
  ]);
  // Only the node life cycle controller takes the start-up taint off again.
  if (controllers && nodes > 0) {
    await waitUntil("fake Nodes Ready", () => nodesSchedulable(config), {
      ...waiting,
      logTail: () => logTail("kwok"),
    });
  }
}

/** Big enough for every test at once: running out of room on a fake node is not what any of them is about. */
const nodeCapacity = { cpu: "256", memory: "1Ti", pods: "2000" };

/** Creates `count` Nodes for kwok to play: `node-1`, `node-2` ..., each in a zone of its own. */
async function createNodes(config: KubeConfig, count: number): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const name = `node-${index + 1}`;
      return core.createNode({
        body: {
          metadata: {
            name,
            labels: {
              "kubernetes.io/hostname": name,
              "kubernetes.io/os": "linux",
              "topology.kubernetes.io/zone": `zone-${index + 1}`,
            },
          },
          status: { capacity: nodeCapacity, allocatable: nodeCapacity },
        },
      });
    }),
  );
}

/** True once every Node is Ready and the controllers have taken their start-up taints off. */
async function nodesSchedulable(config: KubeConfig): Promise<boolean> {
  const { items } = await config.makeApiClient(CoreV1Api).listNode();
  return items.every(
    (node) =>
      (node.spec?.taints ?? []).length === 0 &&
      node.status?.conditions?.some(
        ({ type, status }) => type === "Ready" && status === "True",
      ) === true,
  );
}

/** The default class: the controller manager's host-path provisioner, which binds at once. */
async function createDefaultStorageClass(config: KubeConfig): Promise<void> {
  await config.makeApiClient(StorageV1Api).createStorageClass({
    body: {
      metadata: {
        name: "standard",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "kubernetes.io/host-path",
      volumeBindingMode: "Immediate",
      reclaimPolicy: "Delete",
    },
  });
}

/** Creates a namespace in which Pods can be created at once. */
export async function createNamespace(
  config: KubeConfig,
  name: string,
): Promise<void> {
  await config
    .makeApiClient(CoreV1Api)
    .createNamespace({ body: { metadata: { name } } });
  await ensureDefaultServiceAccount(config, name);
}

/**
 * Makes sure that the namespace has the ServiceAccount its Pods run as. The controller manager makes it too, but a
 * moment later, and Pods are rejected until then. Returns false as long as there is no such namespace.
 */
async function ensureDefaultServiceAccount(
  config: KubeConfig,
  namespace: string,
): Promise<boolean> {
  const core = config.makeApiClient(CoreV1Api);
  try {
    await core.createNamespacedServiceAccount({
      namespace,
      body: { metadata: { name: "default" } },
    });
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    if (error.code === 404) return false;
    if (error.code !== 409) throw error;
  }
  return true;
}

import { claimName } from "../../../functions/contract/claim-name.ts";
import {
  CLAIM_LABEL_PREFIX,
  POOL_LABEL,
  REUSE,
  SET_LABEL,
  TEMPLATE_RETENTION,
  USES_ANNOTATION,
} from "../../../functions/contract/keys.ts";
import {
  LEASE_MS,
  leaseAnnotations,
} from "../../../functions/contract/lease.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import {
  claimPath,
  claimsPath,
  namespacePath,
} from "../../../functions/kubernetes/paths.ts";
import { HOSTNAME_LABEL } from "../../../janitor/verdict/set-nodes.ts";
import { forEachLimited } from "../../../janitor/cluster/concurrency.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { aClaim } from "../programs/claim.ts";

/** As many as the client has connections. */
const CREATES_AT_ONCE = 64;
const TIMEOUT_MS = 60_000;
/** With these a Pod has 4 KB, as Pods often have. */
const SETTINGS_OF_POD = 20;

/** On claims that no Pod uses. */
export const UNUSED_LABEL = "benchmark-unused";

const DRIVER = "disk.benchmark.test";

/** Where a claim is created, and its number. */
interface Wanted {
  readonly namespace: string;
  readonly index: number;
}

/** An API server alone, on which nothing but the janitor deletes, and a deleted claim is gone at once. */
export async function startForSweeps(): Promise<ControlPlane> {
  return await startControlPlane({
    controllers: false,
    nodes: 0,
    apiServerFlags: [
      "--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection",
    ],
  });
}

/** Creates what a benchmark of the janitor sweeps. */
export function objectsOn(api: ApiServer) {
  const create = async (path: string, body: unknown): Promise<string> => {
    const answer = await api({
      method: "POST",
      path,
      body,
      timeoutMs: TIMEOUT_MS,
    });
    return (answer.body as { metadata: { uid: string } }).metadata.uid;
  };

  /** Its volume is the claim if there is one. */
  const createPod = (
    namespace: string,
    name: string,
    claim?: string,
    nodeName = nodeOf(0),
  ) =>
    create(`${namespacePath(namespace)}/pods`, {
      metadata: {
        name,
        labels:
          claim === undefined
            ? { app: name }
            : { [`${CLAIM_LABEL_PREFIX}cache`]: claim },
      },
      spec: {
        nodeName,
        automountServiceAccountToken: false,
        containers: [
          {
            name: "app",
            image: "app:1",
            env: Array.from({ length: SETTINGS_OF_POD }, (_, number) => ({
              name: `SETTING_${number}`,
              value: "x".repeat(40),
            })),
            volumeMounts: [{ name: "cache", mountPath: "/cache" }],
          },
        ],
        volumes: [
          {
            name: "cache",
            ...(claim === undefined
              ? { emptyDir: {} }
              : { persistentVolumeClaim: { claimName: claim } }),
          },
        ],
      },
    });

  const createClaim = (
    { namespace, index }: Wanted,
    labels: Readonly<Record<string, string>> = {},
    owner?: { readonly name: string; readonly uid: string },
  ) => {
    const { metadata, spec } = aClaim(namespace, requestOf(index));
    return create(claimsPath(namespace), {
      metadata: {
        ...metadata,
        name: claimOf(index),
        labels: { ...metadata.labels, ...labels },
        annotations: {
          ...metadata.annotations,
          "pv.kubernetes.io/bind-completed": "yes",
        },
        ...(owner && {
          ownerReferences: [{ apiVersion: "v1", kind: "Pod", ...owner }],
        }),
      },
      spec,
    });
  };

  return {
    namespaces: (names: readonly string[]) =>
      forEachLimited(names, CREATES_AT_ONCE, async (name) => {
        await create("/api/v1/namespaces", { metadata: { name } });
      }),

    /** Claims that a Pod uses. With `owned` the Pod owns each, so that a sweep has nothing to do. */
    used: (wanted: Iterable<Wanted>, owned: boolean) =>
      forEachLimited(wanted, CREATES_AT_ONCE, async (one) => {
        const name = `web-${one.index}`;
        const uid = await createPod(one.namespace, name, claimOf(one.index));
        await createClaim(one, undefined, owned ? { name, uid } : undefined);
      }),

    /** Pods without claims. */
    bystanders: (wanted: Iterable<Wanted>) =>
      forEachLimited(wanted, CREATES_AT_ONCE, async (one) => {
        await createPod(one.namespace, `other-${one.index}`);
      }),

    /** Claims that no Pod uses. */
    unused: (wanted: Iterable<Wanted>) =>
      forEachLimited(wanted, CREATES_AT_ONCE, async (one) => {
        await createClaim(one, { [UNUSED_LABEL]: "" });
      }),

    nodes: (count: number) =>
      forEachLimited(
        Array.from({ length: count }, (_, index) => nodeOf(index)),
        CREATES_AT_ONCE,
        async (name) => {
          const labels = { [HOSTNAME_LABEL]: name };
          await create("/api/v1/nodes", { metadata: { name, labels } });
        },
      ),

    /** Sets of one claim each, on volumes of these nodes. Every other one has a Pod, to whose node its volume is attached. */
    pooled: (wanted: Iterable<Wanted>, nodes: number) =>
      forEachLimited(wanted, CREATES_AT_ONCE, async (one) => {
        const node = nodeOf(one.index % nodes);
        const volume = `volume-${one.index}`;
        await create("/api/v1/persistentvolumes", volumeOn(node, volume, one));
        if (one.index % 2 === 0) {
          const name = `web-${one.index}`;
          await createPod(one.namespace, name, claimOf(one.index), node);
          await create("/apis/storage.k8s.io/v1/volumeattachments", {
            metadata: { name: volume },
            spec: {
              attacher: DRIVER,
              nodeName: node,
              source: { persistentVolumeName: volume },
            },
          });
        }
        await create(claimsPath(one.namespace), pooledClaim(one, volume));
      }),

    /** Takes the owners of the claims away again. */
    disown: (wanted: Iterable<Wanted>) =>
      forEachLimited(wanted, CREATES_AT_ONCE, async ({ namespace, index }) => {
        await api({
          method: "PATCH",
          path: claimPath(namespace, claimOf(index)),
          contentType: "application/merge-patch+json",
          body: { metadata: { ownerReferences: null } },
          timeoutMs: TIMEOUT_MS,
        });
      }),
  };
}

/** Claims by number, in turn over the namespaces. */
export function* spread(
  from: number,
  to: number,
  namespaces: readonly string[],
): Generator<Wanted> {
  for (let index = from; index < to; index += 1)
    yield {
      index,
      namespace: namespaces[index % namespaces.length] ?? "default",
    };
}

/** A claim that is a set of its own, whose lease has ended. */
function pooledClaim({ index, namespace }: Wanted, volumeName: string) {
  const { metadata, spec } = aClaim(namespace, requestOf(index));
  const name = claimOf(index);
  const lease = {
    requestUid: requestOf(index),
    at: Date.now() - 2 * LEASE_MS,
  };
  return {
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, [POOL_LABEL]: "web", [SET_LABEL]: name },
      annotations: {
        ...metadata.annotations,
        ...leaseAnnotations(lease),
        [TEMPLATE_RETENTION]: REUSE,
        [USES_ANNOTATION]: "1",
        "pv.kubernetes.io/bind-completed": "yes",
      },
    },
    spec: { ...spec, volumeName },
  };
}

/** A volume that only one node can mount, as that of a local disk. */
function volumeOn(
  node: string,
  name: string,
  { index, namespace }: Wanted,
): object {
  return {
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        namespace,
        name: claimOf(index),
      },
      csi: { driver: DRIVER, volumeHandle: name },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: HOSTNAME_LABEL, operator: "In", values: [node] },
              ],
            },
          ],
        },
      },
    },
  };
}

function nodeOf(index: number): string {
  return `node-${index + 1}`;
}

function claimOf(index: number): string {
  return claimName("web-", "cache", requestOf(index));
}

function requestOf(index: number): string {
  return `request-${index}`;
}

import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { findCrdFiles } from "../../support/crd-files.ts";
import { eventually } from "../../support/eventually.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";

/** The status that a test gives a snapshot: there is no driver. */
export interface SnapshotStatus {
  readonly readyToUse?: boolean;
  readonly creationTime?: string;
  readonly restoreSize?: string;
  readonly error?: { readonly message: string; readonly time?: string };
}

/** Snapshots on a control plane with their CustomResourceDefinitions. */
export interface Snapshots {
  /** Creates a snapshot with this status, or changes its status. */
  set(
    namespace: string,
    name: string,
    status: SnapshotStatus,
    labels?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Deletes it, but a finalizer keeps it. */
  startDeletion(namespace: string, name: string): Promise<void>;
  /** Whether the API server accepts this label selector. */
  takesSelector(selector: string): Promise<boolean>;
}

const CRD = "volumesnapshots.snapshot.storage.k8s.io";

/** The path of the snapshots of a namespace. */
export function snapshotsPath(namespace: string): string {
  return `/apis/snapshot.storage.k8s.io/v1/namespaces/${namespace}/volumesnapshots`;
}

/** Installs the CustomResourceDefinitions of snapshots and waits until they are served. */
export async function installSnapshots({
  kubeConfig,
  kubectl,
}: Pick<ControlPlane, "kubeConfig" | "kubectl">): Promise<Snapshots> {
  const api = connectApiServer(kubeConfig, "test");
  const timeoutMs = 10_000;
  const files = (await findCrdFiles()).filter((file) =>
    file.includes("snapshot.storage.k8s.io_"),
  );
  const { stderr, exitCode } = await kubectl([
    "apply",
    "--server-side",
    ...files.flatMap((file) => ["-f", file]),
  ]);
  if (exitCode !== 0) throw new Error(`kubectl apply of ${CRD}: ${stderr}`);
  await eventually(`${CRD} is served`, () =>
    api({ method: "GET", path: snapshotsPath("default"), timeoutMs }),
  );

  const patch = async (path: string, body: object): Promise<void> => {
    await api({
      method: "PATCH",
      path,
      query: { fieldManager: "test", force: "true" },
      contentType: "application/apply-patch+yaml",
      body: {
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshot",
        ...body,
      },
      timeoutMs,
    });
  };

  return {
    async set(namespace, name, status, labels = {}) {
      const path = `${snapshotsPath(namespace)}/${name}`;
      const source = { persistentVolumeClaimName: "orders" };
      const finalizers = ["example.com/stay"];
      await patch(path, {
        metadata: { name, labels, finalizers },
        spec: { source },
      });
      await patch(`${path}/status`, { metadata: { name }, status });
    },
    async startDeletion(namespace, name) {
      const path = `${snapshotsPath(namespace)}/${name}`;
      await api({ method: "DELETE", path, timeoutMs });
    },
    async takesSelector(labelSelector) {
      const path = snapshotsPath("default");
      try {
        await api({ method: "GET", path, query: { labelSelector }, timeoutMs });
        return true;
      } catch {
        return false;
      }
    },
  };
}

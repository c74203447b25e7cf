import { expect } from "chai";
import type { V1Pod, V1StorageClass } from "@kubernetes/client-node";
import { claimVolumes } from "../support/pods-and-claims.ts";
import { apply, core, kubectl } from "./cluster.ts";
import { inPod } from "./in-pod.ts";
import { skipBecause } from "./skip-because.ts";

const name = "e2e-mounted";

/**
 * Makes a storage class whose volumes the kubelet mounts, as it does real disks, and gives to the Pod's fsGroup. The default
 * class of small clusters mostly makes host paths, which are only linked to; its provisioner can do both. Returns undefined
 * where the default class is of another kind, and is to be used as it is.
 */
export async function makeMountedClass(): Promise<string | undefined> {
  const { items } = JSON.parse(
    await kubectl(["get", "storageclass", "--output=json"]),
  ) as { items: V1StorageClass[] };
  const usual = items.find(
    ({ metadata }) =>
      metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] ===
      "true",
  );
  if (usual?.provisioner !== "rancher.io/local-path") return undefined;
  await apply({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name, annotations: { defaultVolumeType: "local" } },
    provisioner: usual.provisioner,
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
  });
  return name;
}

export async function removeMountedClass(): Promise<void> {
  await kubectl(["delete", "storageclass", name, "--ignore-not-found"]);
}

/** Fails unless a directory of a Pod's volume belongs to the group; skips on volumes whose group the kubelet does not set. */
export async function expectGroup(
  context: Mocha.Context,
  pod: V1Pod,
  directory: string,
  group: string,
): Promise<void> {
  const namespace = pod.metadata?.namespace ?? "";
  for (const { claim } of claimVolumes(pod))
    if (!(await isMounted(namespace, claim)))
      skipBecause(context, "the volumes here are host paths, without a group");
  expect(await inPod(pod, `stat -c %g ${directory}`)).to.equal(group);
}

/** Whether the kubelet mounts the volume of a claim: it does not mount host paths. */
async function isMounted(namespace: string, claim: string): Promise<boolean> {
  const { spec } = await core.readNamespacedPersistentVolumeClaim({
    namespace,
    name: claim,
  });
  const volume = await core.readPersistentVolume({
    name: spec?.volumeName ?? "",
  });
  return volume.spec?.hostPath === undefined;
}

import { readdir } from "node:fs/promises";
import path from "node:path";
import type { V1PersistentVolume } from "@kubernetes/client-node";
import { core } from "./cluster.ts";

/** The volumes that claims of a namespace have, or had: one that nobody has removed yet still names its claim. */
export async function volumesOf(
  namespace: string,
): Promise<V1PersistentVolume[]> {
  const { items } = await core.listPersistentVolume();
  return items.filter(({ spec }) => spec?.claimRef?.namespace === namespace);
}

/** The same, without those that their storage class has the cluster keep. */
export async function volumesToGo(namespace: string): Promise<string[]> {
  return (await volumesOf(namespace))
    .filter(({ spec }) => spec?.persistentVolumeReclaimPolicy === "Delete")
    .map(({ metadata }) => metadata?.name ?? "");
}

/** The directories on the node that are volumes of claims of a namespace, in a cluster with this state directory. */
export async function volumeDirectories(
  state: string,
  namespace: string,
): Promise<string[]> {
  const directories = await readdir(path.join(state, "volumes"));
  return directories.filter((name) => name.includes(`_${namespace}_`));
}

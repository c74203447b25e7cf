import { readdir } from "node:fs/promises";
import path from "node:path";

/** Names of the directories on the node that are volumes; empty on a cluster whose nodes are not this machine. */
export async function volumeDirectories(): Promise<string[]> {
  const state = process.env["E2E_CLUSTER_STATE"];
  return state === undefined ? [] : readdir(path.join(state, "volumes"));
}

import type { V1Pod } from "@kubernetes/client-node";
import { nameOf } from "../support/pods-and-claims.ts";
import { kubectl } from "./cluster.ts";

/** What a shell command prints in a Pod, without the last line's end. Throws if it fails. */
export async function inPod(pod: V1Pod, command: string): Promise<string> {
  const output = await kubectl([
    "exec",
    `--namespace=${pod.metadata?.namespace}`,
    nameOf(pod),
    "--",
    "sh",
    "-c",
    command,
  ]);
  return output.trimEnd();
}

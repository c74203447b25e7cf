import type { ControlPlane } from "../../control-plane/control-plane.ts";

/** Annotations of a claim by which its life cycle is decided. */
export const RETENTION = "volume-claim-template/retention";
export const IDLE_TTL = "volume-claim-template/idle-ttl";
export const FINISHED_PODS = "volume-claim-template/finished-pods";

/** Runs `kubectl annotate` on a claim; `key-` takes one away. */
export async function annotate(
  controlPlane: ControlPlane,
  namespace: string,
  claim: string,
  ...annotations: readonly string[]
): Promise<void> {
  const { exitCode, stderr } = await controlPlane.kubectl([
    "annotate",
    `--namespace=${namespace}`,
    "--overwrite",
    `pvc/${claim}`,
    ...annotations,
  ]);
  if (exitCode !== 0) throw new Error(stderr);
}

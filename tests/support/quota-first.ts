import { readFileSync } from "node:fs";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "./eventually.ts";

/** More than any quota of the examples allows. */
const TOO_LARGE = JSON.stringify({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "too-large" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Pi" } },
  },
});

/**
 * Creates the ResourceQuota that a manifest begins with, and waits until it is in force: the API server learns of it through a watch, a moment after
 * its creation, and Pods of the same manifest could be faster.
 */
export async function applyQuotaFirst(
  { kubectl }: Pick<ControlPlane, "kubectl">,
  namespace: string,
  file: string,
): Promise<void> {
  const [first = ""] = readFileSync(file, "utf8").split(/^---$/m);
  if (!/^kind: ResourceQuota$/m.test(first)) return;
  const { exitCode, stderr } = await kubectl(
    ["apply", "-n", namespace, "-f", "-"],
    { input: first },
  );
  if (exitCode !== 0) throw new Error(stderr.trim());
  await eventually("the quota is in force", async () => {
    const tried = await kubectl(
      ["create", "-n", namespace, "--dry-run=server", "-f", "-"],
      { input: TOO_LARGE },
    );
    return tried.stderr.includes("exceeded quota");
  });
}

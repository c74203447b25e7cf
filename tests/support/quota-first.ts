import { readFileSync } from "node:fs";
import type { ControlPlane } from "../control-plane/control-plane.ts";

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
  for (const [args, input] of [
    [["apply", "-n", namespace, "-f", "-"], first],
    [
      [
        "wait",
        "-n",
        namespace,
        "--for=jsonpath={.status.hard}",
        "--all",
        "--timeout=30s",
        "resourcequota",
      ],
      "",
    ],
  ] as const) {
    const { exitCode, stderr } = await kubectl([...args], { input });
    if (exitCode !== 0)
      throw new Error(`kubectl ${args.join(" ")}: ${stderr.trim()}`);
  }
}

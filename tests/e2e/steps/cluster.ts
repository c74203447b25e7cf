import path from "node:path";
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from "@kubernetes/client-node";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import type { Overlay } from "./overlay.ts";

const config = new KubeConfig();
config.loadFromDefault();

/** The cluster of KUBECONFIG. */
export const core = config.makeApiClient(CoreV1Api);
export const apps = config.makeApiClient(AppsV1Api);
export const batch = config.makeApiClient(BatchV1Api);

/** Where our programs run. */
export const ourNamespace = "stateful-deployments";

/** Runs kubectl and returns its output. Arguments without spaces may be one text. Throws, with all output, if it fails. */
export async function kubectl(
  args: string | readonly string[],
  input?: string,
): Promise<string> {
  const list = typeof args === "string" ? args.split(" ") : args;
  const { stdout, stderr, exitCode } = await runProgram(
    "kubectl",
    list,
    input === undefined ? {} : { input },
  );
  if (exitCode === 0) return stdout;
  throw new Error(
    `kubectl ${list.join(" ")}: exit code ${exitCode}\n${stderr}${stdout}`,
  );
}

/** Applies objects in the order given. */
export async function apply(...objects: readonly object[]): Promise<void> {
  await kubectl(
    "apply --filename -",
    objects.map((object) => JSON.stringify(object)).join("\n---\n"),
  );
}

/** The version of the API server, such as `v1.36.3`. */
export async function kubernetesVersion(): Promise<string> {
  const version = await kubectl(["get", "--raw", "/version"]);
  return (JSON.parse(version) as { gitVersion: string }).gitVersion;
}

export async function podsIn(
  namespace: string,
  labelSelector?: string,
): Promise<V1Pod[]> {
  const { items } = await core.listNamespacedPod({
    namespace,
    ...(labelSelector === undefined ? {} : { labelSelector }),
  });
  return items;
}

export async function claimsIn(
  namespace: string,
): Promise<V1PersistentVolumeClaim[]> {
  return (await core.listNamespacedPersistentVolumeClaim({ namespace })).items;
}

export async function claimNamesIn(namespace: string): Promise<string[]> {
  return (await claimsIn(namespace)).map(nameOf);
}

/** The function's Pods, also those that are being deleted. */
export function functionPods(): Promise<V1Pod[]> {
  return podsIn(ourNamespace, "app.kubernetes.io/component=function");
}

/**
 * Knative waits for a minute without admissions (the window of our manifest), then decides for zero. The Pod's queue-proxy takes
 * half a minute to end. The rest is for a busy machine.
 */
const zeroTimeoutMs = 300_000;

/** Waits until the function has no Pod, not even one that is being deleted. Returns how long that took, in ms. */
export async function functionAtZero(): Promise<number> {
  const startedAt = performance.now();
  await eventually(
    "no Pod of the function",
    async () => (await functionPods()).length === 0,
    zeroTimeoutMs,
  );
  return performance.now() - startedAt;
}

/** Which of all objects that an overlay installs exist, as `kubectl get --output=name` prints them. */
export async function installedOf(overlay: Overlay): Promise<string[]> {
  const rendered = await kubectl([
    "kustomize",
    path.join(import.meta.dirname, "../../../manifests/overlays", overlay),
  ]);
  const output = await kubectl(
    "get --filename=- --ignore-not-found --output=name",
    rendered,
  );
  return output.split("\n").filter((name) => name !== "");
}

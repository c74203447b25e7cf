import {
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from "@kubernetes/client-node";
import { runProgram } from "../support/run-program.ts";

const config = new KubeConfig();
config.loadFromDefault();

/** The cluster of KUBECONFIG. */
export const core = config.makeApiClient(CoreV1Api);
export const batch = config.makeApiClient(BatchV1Api);

/** Where our programs live. */
export const ourNamespace = "stateful-deployments";

/** Runs kubectl and returns what it printed. Throws, with what it complained about, if it fails. */
export async function kubectl(
  args: readonly string[],
  input?: string,
): Promise<string> {
  const { stdout, stderr, exitCode } = await runProgram(
    "kubectl",
    args,
    input === undefined ? {} : { input },
  );
  if (exitCode === 0) return stdout;
  throw new Error(
    `kubectl ${args.join(" ")}: exit code ${exitCode}\n${stderr}${stdout}`,
  );
}

/** Applies objects in the order given. */
export async function apply(...objects: readonly object[]): Promise<void> {
  await kubectl(
    ["apply", "--filename", "-"],
    objects.map((object) => JSON.stringify(object)).join("\n---\n"),
  );
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

/** The function's Pods, those that are going included. */
export function functionPods(): Promise<V1Pod[]> {
  return podsIn(ourNamespace, "app.kubernetes.io/component=function");
}

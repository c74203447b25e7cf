import type {
  V1Container,
  V1Deployment,
  V1Pod,
  V1PodSpec,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { core, kubectl, podsIn } from "./cluster.ts";

/** An image with a shell that the cluster has. */
export const shellImage =
  process.env["E2E_SHELL_IMAGE"] ?? "ko.local/busybox:local";

/** For each replica a container of a small image, and a helper Pod for the directory of its volume, on a busy node. */
const readyTimeoutMs = 180_000;

/** Writes its Pod's name into its volume, and stays. A shell as first process ends only on signals that it has a trap for. */
const writesItsName =
  'echo "$HOSTNAME" > "/data/$HOSTNAME"; sync; trap "exit 0" TERM; while :; do sleep 1 & wait; done';

/** A template of a shell, whose volume `data` becomes a claim at /data. */
export function shellTemplate(
  app: string,
  script: string,
  annotations: Readonly<Record<string, string>>,
  more: {
    readonly container?: Partial<V1Container>;
    readonly spec?: Partial<V1PodSpec>;
  } = {},
): V1PodTemplateSpec {
  return {
    metadata: {
      labels: { app },
      annotations: { "volume-claim-template/name": "data", ...annotations },
    },
    spec: {
      containers: [
        {
          name: "main",
          image: shellImage,
          command: ["sh", "-c", script],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
          ...more.container,
        },
      ],
      volumes: [{ name: "data", emptyDir: {} }],
      ...more.spec,
    },
  };
}

/** A template whose Pods are ready only once the data is in its place. */
export function templateWithClaim(
  app: string,
  script = writesItsName,
): V1PodTemplateSpec {
  return shellTemplate(
    app,
    script,
    { "volume-claim-template/storage": "16Mi" },
    {
      container: {
        readinessProbe: {
          exec: { command: ["sh", "-c", 'cat "/data/$HOSTNAME"'] },
          periodSeconds: 1,
        },
      },
      spec: { terminationGracePeriodSeconds: 5 },
    },
  );
}

/** Creates a Pod with a claim in a dry run: the function admits it, and nothing is created. */
export async function admitInDryRun(namespace: string): Promise<V1Pod> {
  const { metadata, spec } = templateWithClaim("dry");
  return await core.createNamespacedPod({
    namespace,
    dryRun: "All",
    body: {
      metadata: { ...metadata, generateName: "dry-" },
      ...(spec && { spec }),
    },
  });
}

/** Changes an annotation of the template of a Deployment, which begins a rollout. */
export async function annotateTemplate(
  namespace: string,
  deployment: string,
  annotation: string,
  value: string,
): Promise<void> {
  const metadata = { annotations: { [annotation]: value } };
  await kubectl([
    "patch",
    `deployment/${deployment}`,
    `--namespace=${namespace}`,
    `--patch=${JSON.stringify({ spec: { template: { metadata } } })}`,
  ]);
}

/** A Deployment of Pods with a claim each, which rolls with surge. */
export function deploymentWithClaims(
  namespace: string,
  name: string,
  replicas: number,
  script = writesItsName,
): V1Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: templateWithClaim(name, script),
    },
  };
}

/** Replaces all Pods of a Deployment and waits until its rollout is complete. */
export async function restart(namespace: string, name: string): Promise<void> {
  const deployment = `deployment/${name} --namespace=${namespace}`;
  await kubectl(`rollout restart ${deployment}`);
  await kubectl(`rollout status ${deployment} --timeout=180s`);
}

export function isReady(pod: V1Pod): boolean {
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    (pod.status?.conditions ?? []).some(
      ({ type, status }) => type === "Ready" && status === "True",
    )
  );
}

/** Waits until there are exactly `count` Pods of a workload and all of them are ready. */
export function readyPods(
  namespace: string,
  app: string,
  count: number,
  timeoutMs = readyTimeoutMs,
): Promise<V1Pod[]> {
  return eventually(
    `${count} Pods of ${app} ready`,
    async () => {
      const pods = await podsIn(namespace, `app=${app}`);
      return pods.length === count && pods.every(isReady) && pods;
    },
    timeoutMs,
  );
}

/** The first of `count` ready Pods. */
export async function firstReadyPod(
  namespace: string,
  app: string,
  count: number,
): Promise<V1Pod> {
  const [pod] = await readyPods(namespace, app, count);
  if (pod === undefined) throw new Error("there is no Pod");
  return pod;
}

/** The output of a shell command in a Pod, without the end of its last line. Throws if it fails. */
export async function inPod(pod: V1Pod, command: string): Promise<string> {
  const exec = `exec --namespace=${pod.metadata?.namespace} ${nameOf(pod)}`;
  const output = await kubectl([...exec.split(" "), "--", "sh", "-c", command]);
  return output.trimEnd();
}

/** The names of the files in a Pod's volume, as the Pod sees them. */
export async function filesSeenBy(pod: V1Pod): Promise<string[]> {
  const listing = await inPod(pod, "ls /data");
  return listing.split("\n").filter((name) => name !== "");
}

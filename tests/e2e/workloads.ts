import type {
  V1Deployment,
  V1Pod,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";

/** An image with a shell that the cluster has. */
export const shellImage =
  process.env["E2E_SHELL_IMAGE"] ?? "ko.local/busybox:local";

/** Writes its Pod's name into its volume, and stays. A shell as first process ends on no signal that it has no trap for. */
export const writesItsName =
  'echo "$HOSTNAME" > "/data/$HOSTNAME"; sync; trap "exit 0" TERM; while :; do sleep 1 & wait; done';

/** A template whose volume `data` becomes a claim. */
export function templateWithClaim(
  app: string,
  script = writesItsName,
): V1PodTemplateSpec {
  return {
    metadata: {
      labels: { app },
      annotations: {
        "volume-claim-template/name": "data",
        "volume-claim-template/storage": "16Mi",
      },
    },
    spec: {
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: "main",
          image: shellImage,
          command: ["sh", "-c", script],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
          // Ready only once the data is where it belongs.
          readinessProbe: {
            exec: { command: ["sh", "-c", 'cat "/data/$HOSTNAME"'] },
            periodSeconds: 1,
          },
        },
      ],
      volumes: [{ name: "data", emptyDir: {} }],
    },
  };
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

export function namespaceNamed(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** A Pod that ran and is ready. */
export function isReady(pod: V1Pod): boolean {
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    (pod.status?.conditions ?? []).some(
      ({ type, status }) => type === "Ready" && status === "True",
    )
  );
}

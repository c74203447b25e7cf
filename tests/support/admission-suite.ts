import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import type {
  V1Deployment,
  V1PersistentVolumeClaim,
  V1Pod,
} from "@kubernetes/client-node";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { aPod, cacheAnnotations } from "./builders.ts";
import { startFunction } from "./function-on.ts";
import type { RunningFunction } from "./function-on.ts";
import {
  sharedControlPlaneWithNodes,
  uniqueNamespace,
} from "./shared-control-plane.ts";
import { registerWebhook, webhookConfiguration } from "./webhook.ts";

/** What a test of the function on the real control plane works with; filled by its `before` hook. */
export interface AdmissionSuite {
  controlPlane: ControlPlane;
  core: CoreV1Api;
  apps: AppsV1Api;
  running: RunningFunction;
}

/** Starts the function and registers the webhook for the suite in which it is called, and takes both away after it. */
export function admissionSuite(leaseMs?: number): AdmissionSuite {
  const suite = {} as AdmissionSuite;
  let unregister: (() => Promise<void>) | undefined;

  before(async function () {
    suite.controlPlane = await sharedControlPlaneWithNodes(this);
    suite.core = suite.controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.apps = suite.controlPlane.kubeConfig.makeApiClient(AppsV1Api);
    suite.running = await startFunction(
      suite.controlPlane,
      undefined,
      undefined,
      leaseMs,
    );
    const probe = await uniqueNamespace("probe");
    unregister = await registerWebhook(
      suite.controlPlane.kubeConfig,
      webhookConfiguration(suite.running),
      () => isClaimed(suite, probe),
    );
  });

  afterEach(function () {
    if (this.currentTest?.state !== "failed") return;
    const errors = suite.running.log.filter(({ level }) => level === "error");
    for (const line of errors.slice(-3))
      process.stderr.write(`function: ${JSON.stringify(line)}\n`);
  });

  after(async () => {
    await unregister?.();
    await suite.running?.stop();
  });
  return suite;
}

/** True when a Pod of `namespace` would get a claim, found out without creating anything. */
export async function isClaimed(
  { core }: Pick<AdmissionSuite, "core">,
  namespace: string,
): Promise<boolean> {
  const pod = await core.createNamespacedPod({
    namespace,
    body: aBarePod("probe"),
    dryRun: "All",
  });
  return (
    pod.spec?.volumes?.some(
      ({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined,
    ) ?? false
  );
}

/** A Pod that is created by hand: with a name and without an owner. */
export function aBarePod(
  name: string,
  over: Parameters<typeof aPod>[0] = {},
): V1Pod {
  const { spec } = aPod(over);
  const pod: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      annotations: { ...(over.annotations ?? cacheAnnotations) },
      ...(over.labels && { labels: over.labels }),
    },
  };
  if (spec) pod.spec = spec;
  return pod;
}

/** An annotated Deployment whose Pods mount the emptyDir `cache`. */
export function aDeployment(
  name: string,
  replicas: number,
  annotations: Readonly<Record<string, string>> = cacheAnnotations,
): V1Deployment {
  const { spec } = aPod();
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name, tier: "web" },
          annotations: { ...annotations },
        },
        ...(spec && { spec }),
      },
    },
  };
}

export async function podsIn(
  { core }: AdmissionSuite,
  namespace: string,
): Promise<V1Pod[]> {
  return (await core.listNamespacedPod({ namespace })).items;
}

export async function claimsIn(
  { core }: AdmissionSuite,
  namespace: string,
): Promise<V1PersistentVolumeClaim[]> {
  return (await core.listNamespacedPersistentVolumeClaim({ namespace })).items;
}

/** Name of the claim that backs volume `cache` of a Pod. */
export function claimOf(pod: V1Pod): string | undefined {
  return pod.spec?.volumes?.find(({ name }) => name === "cache")
    ?.persistentVolumeClaim?.claimName;
}

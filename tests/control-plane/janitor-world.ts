import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
} from "@kubernetes/client-node";
import type {
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PolicyRule,
  V1Volume,
} from "@kubernetes/client-node";
import { claimName } from "../../functions/claim/claim-name.ts";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../functions/kubernetes/api-server.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  REQUEST_UID_ANNOTATION,
  TEMPLATE_NAME,
} from "../../functions/well-known.ts";
import { clusterOn } from "../../janitor/cluster.ts";
import { limitRequests } from "../../janitor/concurrency.ts";
import { outcomesOf } from "../../janitor/outcome.ts";
import type { SweepReport } from "../../janitor/outcome.ts";
import type { SweepOptions } from "../../janitor/run.ts";
import { sweep } from "../../janitor/sweep.ts";
import { startControlPlane } from "./control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";

let starting: Promise<ControlPlane> | undefined;

/**
 * The control plane of the janitor's tests, an API server alone: without controllers nothing but the janitor deletes
 * anything. Claims get no finalizer, so that a deleted one is gone at once. Old revisions of claims are dropped each second
 * and not cached, so that the token of a list expires while a test waits.
 */
export function janitorControlPlane(): Promise<ControlPlane> {
  starting ??= startControlPlane({
    controllers: false,
    nodes: 0,
    apiServerFlags: [
      "--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement",
      "--disable-admission-plugins=StorageObjectInUseProtection",
      "--etcd-compaction-interval=1s",
      "--watch-cache-sizes=persistentvolumeclaims#0",
    ],
  });
  return starting;
}

after(async () => {
  const controlPlane = await starting?.catch(() => undefined);
  await controlPlane?.stop();
});

export const selector = `${MANAGED_LABEL}=${MANAGED_VALUE},${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`;

let made = 0;

/** Creates a claim as the function does, with more metadata if given. */
export async function createClaim(
  { kubeConfig }: ControlPlane,
  namespace: string,
  { labels, annotations, ...metadata }: V1ObjectMeta = {},
): Promise<{ name: string; uid: string }> {
  made += 1;
  const requestUid = `request-${made}`;
  const claim = await kubeConfig
    .makeApiClient(CoreV1Api)
    .createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: {
          name: claimName("web-", "cache", requestUid),
          labels: {
            [MANAGED_LABEL]: MANAGED_VALUE,
            [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
            [TEMPLATE_NAME]: "cache",
            ...labels,
          },
          annotations: { [REQUEST_UID_ANNOTATION]: requestUid, ...annotations },
          ...metadata,
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
        },
      },
    });
  return { name: claim.metadata?.name ?? "", uid: claim.metadata?.uid ?? "" };
}

/** Creates `count` claims and returns their names. */
export async function createClaims(
  controlPlane: ControlPlane,
  namespace: string,
  count: number,
): Promise<string[]> {
  const claims = await Promise.all(
    Array.from({ length: count }, () => createClaim(controlPlane, namespace)),
  );
  return claims.map(({ name }) => name);
}

/** Creates a Pod that uses `claim`, with the labels of the function unless it uses it by hand. */
export async function createPod(
  { kubeConfig }: ControlPlane,
  namespace: string,
  name: string,
  claim: string,
  {
    byHand = false,
    volume = { name: "cache", persistentVolumeClaim: { claimName: claim } },
    nodeSelector,
    nodeName,
    ...metadata
  }: V1ObjectMeta & {
    byHand?: boolean;
    volume?: V1Volume;
    nodeSelector?: Record<string, string>;
    nodeName?: string;
  } = {},
): Promise<V1Pod> {
  return await kubeConfig.makeApiClient(CoreV1Api).createNamespacedPod({
    namespace,
    body: {
      metadata: {
        name,
        ...(!byHand && {
          labels: { "volume-claim/name": claim, "volume-claim/cache": claim },
        }),
        ...metadata,
      },
      spec: {
        containers: [
          {
            name: "app",
            image: "app:1",
            volumeMounts: [{ name: volume.name, mountPath: "/cache" }],
          },
        ],
        volumes: [volume],
        terminationGracePeriodSeconds: 0,
        ...(nodeSelector && { nodeSelector }),
        ...(nodeName && { nodeName }),
      },
    },
  });
}

export async function deletePod(
  { kubeConfig }: ControlPlane,
  namespace: string,
  name: string,
): Promise<void> {
  await kubeConfig
    .makeApiClient(CoreV1Api)
    .deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
}

/** Merges `metadata` into that of a claim. */
export async function patchClaim(
  controlPlane: ControlPlane,
  namespace: string,
  name: string,
  metadata: object,
): Promise<void> {
  const { exitCode, stderr } = await controlPlane.kubectl([
    "patch",
    `pvc/${name}`,
    `--namespace=${namespace}`,
    "--type=merge",
    `--patch=${JSON.stringify({ metadata })}`,
  ]);
  if (exitCode !== 0) throw new Error(stderr);
}

/** The claims of a namespace, by name. */
export async function claimsIn(
  { kubeConfig }: ControlPlane,
  namespace: string,
): Promise<Map<string, V1PersistentVolumeClaim>> {
  const { items } = await kubeConfig
    .makeApiClient(CoreV1Api)
    .listNamespacedPersistentVolumeClaim({ namespace });
  return new Map(items.map((claim) => [claim.metadata?.name ?? "", claim]));
}

/** Pauses are a matter of seconds; that they are kept is tested elsewhere. */
async function pause(): Promise<void> {
  await sleep(1);
}

/**
 * Sweeps in this process; every claim is old enough unless `gracePeriodMs` says otherwise. `laterMs` lets the sweep take
 * the API server's clock for that much later than it is, as if so much time had passed.
 */
export async function sweepOn(
  kubeconfigPath: string,
  namespace: string,
  {
    pageSize = 500,
    laterMs = 0,
    ...over
  }: Partial<SweepOptions> & { pageSize?: number; laterMs?: number } = {},
): Promise<SweepReport> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const connected = connectApiServer(
    config,
    "stateful-deployments-janitor/test",
  );
  const api: ApiServer = async (request) => {
    const answer = await connected(request);
    const { serverTime } = answer;
    return {
      ...answer,
      serverTime: serverTime === undefined ? undefined : serverTime + laterMs,
    };
  };
  return await sweep(
    {
      dryRun: false,
      namespaces: [namespace],
      selector,
      gracePeriodMs: 0,
      concurrency: 8,
      maxDeletions: 500,
      adopt: true,
      ...over,
    },
    {
      cluster: clusterOn(limitRequests(api, 8), { pageSize, sleep: pause }),
      sleep: pause,
      signal: new AbortController().signal,
      progress: {
        namespaces: () => undefined,
        namespaceDone: () => undefined,
        claimDeleted: () => undefined,
      },
    },
  );
}

/** Reasons by the name of the claim. */
export function reasonsOf(report: SweepReport): Record<string, string> {
  return Object.fromEntries(
    outcomesOf(report).map(({ claim, decision }) => [
      claim.name,
      decision.reason,
    ]),
  );
}

/** What a run of the program came to. */
export interface ProgramRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `janitor/main.ts` as a process; `started` gets hold of it. */
export async function runProgram(
  kubeconfigPath: string,
  flags: readonly string[],
  {
    nodeFlags = [],
    started,
  }: {
    nodeFlags?: readonly string[];
    started?: (child: ChildProcess) => void;
  } = {},
): Promise<ProgramRun> {
  const main = join(import.meta.dirname, "../../janitor/main.ts");
  const child = spawn(process.execPath, [...nodeFlags, main, ...flags], {
    env: { PATH: process.env["PATH"], KUBECONFIG: kubeconfigPath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started?.(child);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}

/** What the janitor needs in a namespace, and not a verb more. */
export const JANITOR_RULES: readonly V1PolicyRule[] = [
  {
    apiGroups: [""],
    resources: ["persistentvolumeclaims"],
    verbs: ["list", "get", "patch", "delete"],
  },
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
];

/** A token of a new account with these rights in one namespace. */
export async function accountWith(
  controlPlane: ControlPlane,
  namespace: string,
  rules: readonly V1PolicyRule[],
): Promise<string> {
  made += 1;
  const name = `janitor-${made}`;
  const { kubeConfig } = controlPlane;
  await kubeConfig.makeApiClient(CoreV1Api).createNamespacedServiceAccount({
    namespace,
    body: { metadata: { name } },
  });
  const rbac = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
  await rbac.createNamespacedRole({
    namespace,
    body: { metadata: { name }, rules: [...rules] },
  });
  await rbac.createNamespacedRoleBinding({
    namespace,
    body: {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  });
  return await controlPlane.tokenFor(namespace, name);
}

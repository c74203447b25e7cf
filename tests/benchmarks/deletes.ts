/**
 * How fast the janitor deletes the unused claims of one namespace, beside a bare loop of deletes on conditions, and how old the
 * list of Pods is when each delete is sent:
 *     node tests/benchmarks/deletes.ts [Pods, "10 5000" unless given]
 * The Events about the deletes are part of the janitor's time. The age counts from when the first page of the list was asked for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { claimName } from "../../functions/contract/claim-name.ts";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import type {
  ApiRequest,
  ApiServer,
} from "../../functions/kubernetes/api-server.ts";
import { clusterOn } from "../../janitor/cluster/cluster.ts";
import {
  forEachLimited,
  limitRequests,
} from "../../janitor/cluster/concurrency.ts";
import { sweep } from "../../janitor/sweep.ts";
import { aPod } from "../support/builders.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";

const CLAIMS = 1_000;
const CONCURRENCY = 8;
const CREATES_AT_ONCE = 16;
const REQUEST_TIMEOUT_MS = 60_000;
/** So much later than the first sweep, which only marks so many claims at once. */
const LATER_MS = 60_000;
const selector =
  "managed=true,app.kubernetes.io/managed-by=stateful-deployments";

/** A request that was sent, in milliseconds of `performance.now()`. */
interface Sent {
  readonly request: ApiRequest;
  readonly startedAt: number;
}

const counts = process.argv.slice(2).map(Number);
// As in the tests of the janitor: nothing else deletes anything, and a deleted claim is gone at once.
const controlPlane = await startControlPlane({
  controllers: false,
  nodes: 0,
  apiServerFlags: ["--disable-admission-plugins=StorageObjectInUseProtection"],
});
try {
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfigPath);
  const api = connectApiServer(config, "stateful-deployments-benchmark");
  console.log(
    "Pods   bare loop   janitor     share   age of the list of Pods: median, maximum",
  );
  for (const pods of counts.length > 0 ? counts : [10, 5_000])
    await measure(api, pods);
} finally {
  await controlPlane.stop();
}

async function measure(api: ApiServer, pods: number): Promise<void> {
  const namespace = `pods-${pods}`;
  await createNamespace(controlPlane.kubeConfig, namespace);
  await makePods(namespace, pods);
  await makeClaims(namespace, "bare");
  const bare = await bareLoop(api, namespace);
  await makeClaims(namespace, "janitor");
  await sweepOnce(api, namespace, 0);
  const sent: Sent[] = [];
  const recorded: ApiServer = (request) => {
    sent.push({ request, startedAt: performance.now() });
    return api(request);
  };
  const deleted = await sweepOnce(recorded, namespace, LATER_MS);
  const end = performance.now();
  if (deleted !== CLAIMS)
    throw new Error(`the janitor deleted ${deleted} claims of ${CLAIMS}`);
  const { ages, seconds } = evidence(sent, end);
  const rate = CLAIMS / seconds;
  console.log(
    [
      String(pods).padEnd(6),
      `${bare.toFixed(0)}/s`.padEnd(11),
      `${rate.toFixed(0)}/s`.padEnd(11),
      `${((100 * rate) / bare).toFixed(0)} %`.padEnd(7),
      `${at(ages, 0.5).toFixed(0)} ms, ${at(ages, 1).toFixed(0)} ms (${sent.length} requests, ${seconds.toFixed(1)} s)`,
    ].join(" "),
  );
}

/** Ages of the list of Pods at each delete, sorted, and the seconds from the look before the first delete to the end. */
function evidence(
  sent: readonly Sent[],
  end: number,
): { ages: number[]; seconds: number } {
  const phase = sent.findIndex(
    ({ request }) => request.path.split("/").length === 5,
  );
  const begin = sent[phase + 1]?.startedAt ?? Number.NaN;
  const ages: number[] = [];
  let listedAt = Number.NaN;
  for (const { request, startedAt } of sent) {
    const { method, path, query } = request;
    if (method === "GET" && path.endsWith("/pods") && !query?.["continue"])
      listedAt = startedAt;
    if (method === "DELETE") ages.push(startedAt - listedAt);
  }
  return {
    ages: ages.toSorted((a, b) => a - b),
    seconds: (end - begin) / 1_000,
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

/** Claims a second. */
async function bareLoop(api: ApiServer, namespace: string): Promise<number> {
  const { items } = await controlPlane.kubeConfig
    .makeApiClient(CoreV1Api)
    .listNamespacedPersistentVolumeClaim({ namespace });
  const begin = performance.now();
  await forEachLimited(items, CONCURRENCY, async ({ metadata }) => {
    await api({
      method: "DELETE",
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${metadata?.name}`,
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        preconditions: {
          uid: metadata?.uid,
          resourceVersion: metadata?.resourceVersion,
        },
      },
      accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
  });
  return (1_000 * items.length) / (performance.now() - begin);
}

/** Sweeps as if it were that much later, and tells how many claims went. */
async function sweepOnce(
  api: ApiServer,
  namespace: string,
  laterMs: number,
): Promise<number> {
  const later: ApiServer = async (request) => {
    const answer = await api(request);
    const { serverTime = Number.NaN } = answer;
    return { ...answer, serverTime: serverTime + laterMs };
  };
  const report = await sweep(
    {
      dryRun: false,
      namespaces: [namespace],
      selector,
      gracePeriodMs: 0,
      concurrency: CONCURRENCY,
      maxDeletions: CLAIMS,
      adopt: true,
    },
    {
      cluster: clusterOn(limitRequests(later, CONCURRENCY), {
        pageSize: 500,
        sleep,
      }),
      sleep,
      signal: new AbortController().signal,
      clock: () => performance.now(),
      progress: {
        namespaces: () => undefined,
        namespaceDone: () => undefined,
        claimDeleted: () => undefined,
      },
    },
  );
  return report.namespaces
    .flatMap(({ outcomes }) => outcomes)
    .filter(({ decision }) => decision.decision === "delete").length;
}

async function makeClaims(namespace: string, prefix: string): Promise<void> {
  const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  const indices = Array.from({ length: CLAIMS }, (_, index) => index);
  await forEachLimited(indices, CREATES_AT_ONCE, async (index) => {
    const requestUid = `${prefix}-${index}`;
    await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: {
          name: claimName("web-", "cache", requestUid),
          labels: {
            managed: "true",
            "app.kubernetes.io/managed-by": "stateful-deployments",
            "volume-claim-template/name": "cache",
          },
          annotations: {
            "volume-claim/request-uid": requestUid,
            "volume-claim/requested-at": new Date().toISOString(),
            "pv.kubernetes.io/bind-completed": "yes",
          },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      },
    });
  });
}

async function makePods(namespace: string, count: number): Promise<void> {
  const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  const indices = Array.from({ length: count }, (_, index) => index);
  await forEachLimited(indices, CREATES_AT_ONCE, async (index) => {
    const pod = aPod();
    await core.createNamespacedPod({
      namespace,
      body: { ...pod, metadata: { name: `web-${index}` } },
    });
  });
}

import { performance } from "node:perf_hooks";
import { CoreV1Api } from "@kubernetes/client-node";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { answerOf } from "../integration/admission/behind-proxy.ts";
import { reused } from "../integration/reuse/reuse-suite.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { startFunction } from "../support/function-on.ts";

/**
 * Times one admission at a time: a Pod that gets a free set of a pool of 200, and one that gets a new claim, by turns. Prints the median and the
 * 99th percentile of each in milliseconds, and their ratio.
 */
const ROUNDS = 200;
const NAMESPACE = "hand-over";

const controlPlane = await startControlPlane();
const running = await startFunction(controlPlane);
const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
let uid = 0;
let hits = 0;

/** Milliseconds that the function takes for the Pod. */
async function admit(annotations?: Record<string, string>): Promise<number> {
  const pod = aPod({
    ...(annotations && { annotations }),
    labels: { "pod-template-hash": "5d4f8c7b9" },
  });
  const review = aReview(
    aRequest(pod, { uid: `request-${(uid += 1)}`, namespace: NAMESPACE }),
  );
  const start = performance.now();
  const answer = await answerOf(running, "10s", review);
  const took = performance.now() - start;
  if (!answer.allowed) throw new Error(answer.status?.message);
  const { pool = "" } =
    (answer as { auditAnnotations?: { pool?: string } }).auditAnnotations ?? {};
  if (pool.startsWith("hit")) hits += 1;
  return took;
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return (
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  );
}

try {
  await createNamespace(controlPlane.kubeConfig, NAMESPACE);
  for (let count = 0; count < ROUNDS; count += 1) await admit(reused());
  const { items } = await core.listNamespacedPersistentVolumeClaim({
    namespace: NAMESPACE,
  });
  // As if the leases had ended.
  for (const { metadata } of items)
    await core.patchNamespacedPersistentVolumeClaim({
      namespace: NAMESPACE,
      name: metadata?.name ?? "",
      body: [
        {
          op: "remove",
          path: "/metadata/annotations/volume-claim~1lease-request",
        },
      ],
    });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const reusing: number[] = [];
  const creating: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    reusing.push(await admit(reused()));
    creating.push(await admit());
  }
  for (const [what, times] of [
    [`free set (${hits} of ${ROUNDS} are hits)`, reusing],
    ["new claim", creating],
  ] as const)
    console.log(
      `${what}: p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms`,
    );
  console.log(
    `ratio of p50: ${(percentile(reusing, 0.5) / percentile(creating, 0.5)).toFixed(2)}`,
  );
} finally {
  await running.stop();
  await controlPlane.stop();
}

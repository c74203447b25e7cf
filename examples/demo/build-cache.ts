import assert from "node:assert/strict";
import {
  claimVolumes,
  claimsWithoutPod,
  nameOf,
  readPodsAndClaims,
  whoseIsWhose,
  whoseIsWhoseHeadings,
} from "../../tests/support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import { say, step, table } from "./screen.ts";
import {
  eachPodHasItsClaim,
  kubectl,
  sweep,
  waitFor,
  waitForFailedCreate,
} from "./demo-context.ts";
import type { DemoContext } from "./demo-context.ts";

const namespace = "disk-cache";
const deployment = "deployment/build-cache";

/** Shows the claims of the Deployment in examples/disk-cache.yaml, from its first Pod to its last. */
export async function showBuildCache(context: DemoContext): Promise<void> {
  await step("A Deployment with three replicas", () => threeReplicas(context));
  await step("Scaled down to one", () => scaleToOne(context));
  await step("The janitor sweeps", () => sweepOrphans(context));
  await step("Manifests that are rejected", () => rejected(context));
  await step("Back to three, and a rollout with surge", () => rollOut(context));
  await step("The next sweep", async () => {
    await sweep(context);
    show(await waitForNoOrphans(context, 3));
  });
  await step("Scaled down to zero, and no sweep", () => scaleToZero(context));
}

async function threeReplicas(context: DemoContext): Promise<void> {
  const before = context.admission.log.length;
  await kubectl(context, `create namespace ${namespace}`);
  await kubectl(context, `apply -n ${namespace} -f examples/disk-cache.yaml`);
  const found = await waitForPods(context, 3);
  show(found);
  assert.equal(found.claims.length, 3, `${found.claims.length} claims`);
  const times = context.admission.log
    .slice(before)
    .map((text) => JSON.parse(text) as { msg: string; ms: number })
    .filter(({ msg }) => msg === "admission")
    .map(({ ms }) => ms);
  say(
    `the API server called the function ${times.length} times, which took ${Math.min(...times)} to ${Math.max(...times)} ms`,
  );
}

async function scaleToOne(context: DemoContext): Promise<void> {
  await scaleTo(context, 1);
  const found = await waitFor(context, namespace, "one Pod", ({ pods }) =>
    assert.equal(pods.length, 1, `${pods.length} Pods`),
  );
  show(found);
  const { length } = claimsWithoutPod(found);
  assert.equal(length, 2, `${length} claims without a Pod, not two`);
  say(
    "two claims are left: the function creates a claim before its Pod, so no Pod owns it yet",
  );
}

async function sweepOrphans(context: DemoContext): Promise<void> {
  const orphans = claimsWithoutPod(await waitForPods(context, 1));
  const report = (await sweep(context)).split("\n");
  say(
    "do not use these flags in a cluster: without them the janitor keeps claims whose Pods are just being created",
  );
  for (const claim of orphans)
    assert.ok(
      report.some((row) => row.includes(claim) && /\bdeleted\b/.test(row)),
      `the janitor's table does not report that it deleted ${claim}`,
    );
  show(await waitForNoOrphans(context, 1));
  say(
    "both are deleted, and the sweep has set the Pod as owner of its claim: Kubernetes deletes the claim after the Pod",
  );
}

/** kubectl shows what is wrong with a bare Pod. For the Pods of a Deployment, an event of the ReplicaSet has it. */
async function rejected(context: DemoContext): Promise<void> {
  const before = await readPodsAndClaims(context.core, namespace);
  const pod = `apply -n ${namespace} -f examples/rejected/pod.yaml`;
  const { stderr } = await kubectl(context, pod, 1);
  for (const part of [
    'volume-claim-template/storage: "10GB"',
    "volume-claim-template/storageclass",
  ])
    assert.ok(stderr.includes(part), `kubectl does not report ${part}`);

  const file = `-n ${namespace} -f examples/rejected/deployment.yaml`;
  await kubectl(context, `apply ${file}`);
  await waitForFailedCreate(context, namespace, "is of type hostPath");
  const after = await readPodsAndClaims(context.core, namespace);
  assert.deepEqual(
    [...after.pods, ...after.claims].map(nameOf),
    [...before.pods, ...before.claims].map(nameOf),
    "Pods or claims have changed after a rejection",
  );
  await kubectl(context, `delete ${file}`);
  say("no Pod was created, and no claim is left");
}

async function rollOut(context: DemoContext): Promise<void> {
  await scaleTo(context, 3);
  const before = await waitForPods(context, 3);
  const old = new Set([...before.pods, ...before.claims].map(nameOf));
  const owned = new Set(
    before.claims
      .filter(({ metadata }) => metadata?.ownerReferences)
      .map(nameOf),
  );
  await kubectl(context, `rollout restart -n ${namespace} ${deployment}`);
  await kubectl(
    context,
    `rollout status -n ${namespace} ${deployment} --timeout=90s`,
  );
  const after = await waitFor(context, namespace, "the old Pods go", (now) => {
    eachPodHasItsClaim(now, 3);
    const left = now.pods.map(nameOf).filter((name) => old.has(name));
    assert.deepEqual(left, [], `old Pods ${left.join(", ")}`);
    const kept = now.claims.map(nameOf).filter((name) => owned.has(name));
    assert.deepEqual(kept, [], `old claims ${kept.join(", ")}`);
  });
  show(after);
  const used = after.pods.flatMap(claimVolumes).map(({ claim }) => claim);
  assert.ok(
    used.every((claim) => !old.has(claim)),
    "a new Pod has a claim of an old one",
  );
  const orphans = claimsWithoutPod(after);
  assert.ok(
    orphans.length === 2 && orphans.every((claim) => old.has(claim)),
    `the claims without a Pod are ${orphans.join(", ")}, not two of the old ones`,
  );
  say(
    "every new Pod has a claim of its own; Kubernetes has deleted the old claim with an owner, and two without one are left",
  );
}

async function scaleToZero(context: DemoContext): Promise<void> {
  await scaleTo(context, 0);
  await waitFor(context, namespace, "no Pod", ({ pods }) =>
    assert.equal(pods.length, 0, `${pods.length} Pods`),
  );
  const podsGone = performance.now();
  await waitFor(context, namespace, "no claim", ({ claims }) =>
    assert.equal(claims.length, 0, `${claims.length} claims`),
  );
  const seconds = ((performance.now() - podsGone) / 1_000).toFixed(1);
  say(
    `Kubernetes has deleted all claims ${seconds} s after the last Pod: each had its Pod as owner`,
  );
}

async function scaleTo(context: DemoContext, replicas: number): Promise<void> {
  await kubectl(
    context,
    `scale -n ${namespace} ${deployment} --replicas=${replicas}`,
  );
}

function waitForPods(
  context: DemoContext,
  count: number,
): Promise<PodsAndClaims> {
  return waitFor(context, namespace, `${count} Pods with their claims`, (now) =>
    eachPodHasItsClaim(now, count),
  );
}

/** Waits until only the claims of `count` Pods exist, each owned by its Pod. */
function waitForNoOrphans(
  context: DemoContext,
  count: number,
): Promise<PodsAndClaims> {
  return waitFor(context, namespace, "claims owned by their Pods", (now) => {
    eachPodHasItsClaim(now, count);
    const orphans = claimsWithoutPod(now);
    assert.deepEqual(orphans, [], `no Pod names ${orphans.join(", ")}`);
    const podOf = new Map(
      now.pods.flatMap((pod) =>
        claimVolumes(pod).map(({ claim }) => [claim, pod.metadata?.uid]),
      ),
    );
    for (const claim of now.claims)
      assert.deepEqual(
        claim.metadata?.ownerReferences?.map(({ uid }) => uid),
        [podOf.get(nameOf(claim))],
        `the owner of ${nameOf(claim)} is not its Pod`,
      );
  });
}

function show(found: PodsAndClaims): void {
  table(whoseIsWhoseHeadings, whoseIsWhose(found));
}

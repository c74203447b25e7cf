import assert from "node:assert/strict";
import {
  claimVolumes,
  nameOf,
  whoseIsWhose,
  whoseIsWhoseHeadings,
} from "../../tests/support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import { say, table } from "./screen.ts";
import { eachPodHasItsClaim, kubectl, sweep, waitFor } from "./demo-context.ts";
import type { DemoContext } from "./demo-context.ts";

/** Claims that outlive their Pods: examples/postgres-replicas.yaml, with `retention: Reuse` and `on-miss: Wait`. */
const namespace = "postgres-replicas";
const deployment = "deployment/postgres-replicas";

/** Starts the databases. They run while other steps are shown, before `rollOutPostgres` replaces them. */
export async function startPostgres(
  context: DemoContext,
): Promise<PodsAndClaims> {
  await kubectl(context, `create namespace ${namespace}`);
  await kubectl(
    context,
    `apply -n ${namespace} -f examples/postgres-replicas.yaml`,
  );
  return await waitForNewPods(context, []);
}

export async function rollOutPostgres(
  context: DemoContext,
  before: PodsAndClaims,
): Promise<void> {
  await kubectl(context, `rollout restart -n ${namespace} ${deployment}`);
  await kubectl(
    context,
    `rollout status -n ${namespace} ${deployment} --timeout=90s`,
  );
  const after = await waitForNewPods(context, before.pods.map(nameOf));
  const used = after.pods.flatMap(claimVolumes).map(({ claim }) => claim);
  assert.deepEqual(
    used.toSorted(),
    before.claims.map(nameOf).toSorted(),
    "the new Pods have other claims than the old ones",
  );
  await sweep(context);
  const { claims } = await waitForNewPods(context, []);
  assert.deepEqual(
    claims.map(nameOf).toSorted(),
    used.toSorted(),
    "the sweep has deleted a claim",
  );
  say("three other Pods on the same three claims, and so with the same data");
}

/** Waits for three Pods, none of them with one of these names, and shows them. */
async function waitForNewPods(
  context: DemoContext,
  gone: readonly string[],
): Promise<PodsAndClaims> {
  const found = await waitFor(context, namespace, "three new Pods", (now) => {
    eachPodHasItsClaim(now, 3);
    assert.equal(now.claims.length, 3, `${now.claims.length} claims`);
    const left = now.pods.map(nameOf).filter((name) => gone.includes(name));
    assert.deepEqual(left, [], `old Pods ${left.join(", ")}`);
  });
  table(whoseIsWhoseHeadings, whoseIsWhose(found));
  return found;
}

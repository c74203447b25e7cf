import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { expectLeft, expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  core,
  functionPods,
  kubectl,
  ourNamespace,
  podsIn,
} from "../steps/cluster.ts";
import { measured } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweepWithoutGrace } from "../steps/our-jobs.ts";
import {
  deploymentWithClaims,
  isReady,
  readyPods,
} from "../steps/workloads.ts";

const namespace = "e2e-restarts";
const replicas = 6;
const deployment = deploymentWithClaims(namespace, "web", replicas);
/** Slows the rollout down to a minute, so that what is restarted in its middle is back before its end. */
const minReadySeconds = 5;
const restartTimeoutMs = 120_000;

/** What lies between the API server and a claim. */
const onTheWay = [
  { what: "function", podsOf: functionPods },
  {
    what: "activator",
    podsOf: () => podsIn("knative-serving", "app=activator"),
    deployment: "deployment/activator --namespace=knative-serving",
  },
  {
    what: "gateway",
    podsOf: () => podsIn("kourier-system", "app=3scale-kourier-gateway"),
    deployment: "deployment/3scale-kourier-gateway --namespace=kourier-system",
  },
];

/** Fails unless the rollout has created some new Pods and left some old ones. */
async function expectInTheMiddle(old: ReadonlySet<string>): Promise<void> {
  const names = (await podsIn(namespace, "app=web")).map(nameOf);
  expect(
    names.filter((name) => !old.has(name)),
    "new Pods",
  ).to.have.lengthOf.within(1, replicas - 1);
  expect(
    names.filter((name) => old.has(name)),
    "old Pods",
  ).to.have.lengthOf.at.least(1);
}

describe("a rollout in whose middle everything on the way is restarted", () => {
  useNamespace(namespace, {
    ...deployment,
    spec: { ...deployment.spec, minReadySeconds },
  });

  it("completes, and two sweeps later there is no claim without a Pod", async () => {
    const old = new Set(
      (await readyPods(namespace, "web", replicas)).map(nameOf),
    );
    const startedAt = performance.now();
    await kubectl(`rollout restart deployment/web --namespace=${namespace}`);
    await eventually("the rollout has begun", async () =>
      (await podsIn(namespace, "app=web")).some((pod) => !old.has(nameOf(pod))),
    );

    const before = await Promise.all(onTheWay.map(({ podsOf }) => podsOf()));
    for (const [index, pods] of before.entries())
      expect(pods, onTheWay[index]?.what).to.not.be.empty;
    const earlier = new Set(before.flat().map(({ metadata }) => metadata?.uid));
    await expectInTheMiddle(old);
    for (const pod of before[0] ?? [])
      await core.deleteNamespacedPod({
        namespace: ourNamespace,
        name: nameOf(pod),
      });
    for (const part of onTheWay)
      if (part.deployment !== undefined)
        await kubectl(`rollout restart ${part.deployment}`);
    for (const { what, podsOf } of onTheWay)
      await eventually(
        `a new Pod of the ${what}`,
        async () =>
          (await podsOf()).some(
            (pod) => !earlier.has(pod.metadata?.uid) && isReady(pod),
          ),
        restartTimeoutMs,
      );
    await expectInTheMiddle(old);

    await kubectl(
      `rollout status deployment/web --namespace=${namespace} --timeout=400s`,
    );
    const pods = await readyPods(namespace, "web", replicas);
    measured(
      `${replicas} Pods replaced meanwhile`,
      performance.now() - startedAt,
    );
    const used = await expectOneBoundClaimEach(namespace, pods);
    for (const { what, podsOf } of onTheWay)
      await eventually(
        `the ${what}'s old Pods deleted`,
        async () =>
          (await podsOf()).every(({ metadata }) => !earlier.has(metadata?.uid)),
        restartTimeoutMs,
      );
    await sweepWithoutGrace(namespace);
    await sweepWithoutGrace(namespace);
    await expectLeft(namespace, used);
  });
});

import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import {
  apply,
  claimsIn,
  core,
  functionPods,
  kubectl,
  ourNamespace,
  podsIn,
} from "./cluster.ts";
import { measured } from "./measured.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { sweepNow } from "./our-jobs.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, isReady, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-restarts";
const replicas = 6;
/** Slows the rollout down to a minute, so that what is restarted in its middle is back before its end. */
const minReadySeconds = 5;
const collectedTimeoutMs = 180_000;
const restartTimeoutMs = 120_000;

/** What lies between the API server and a claim. */
const onTheWay = [
  { what: "function", podsOf: functionPods },
  {
    what: "activator",
    podsOf: () => podsIn("knative-serving", "app=activator"),
    deployment: "deployment/activator",
    namespace: "knative-serving",
  },
  {
    what: "gateway",
    podsOf: () => podsIn("kourier-system", "app=3scale-kourier-gateway"),
    deployment: "deployment/3scale-kourier-gateway",
    namespace: "kourier-system",
  },
];

/** How many Pods the rollout has made by now; fails if it is not in its middle. */
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
  before(async () => {
    const deployment = deploymentWithClaims(namespace, "web", replicas);
    await apply(namespaceNamed(namespace), {
      ...deployment,
      spec: { ...deployment.spec, minReadySeconds },
    });
    await readyPods(namespace, "web", replicas);
  });
  after(() => deleteNamespace(namespace));

  it("completes, and two sweeps later there is no claim without a Pod", async () => {
    const old = new Set(
      (await readyPods(namespace, "web", replicas)).map(nameOf),
    );
    const startedAt = performance.now();
    await kubectl([
      "rollout",
      "restart",
      "deployment/web",
      `--namespace=${namespace}`,
    ]);
    await eventually("the rollout has begun", async () =>
      (await podsIn(namespace, "app=web")).some((pod) => !old.has(nameOf(pod))),
    );

    const before = await Promise.all(onTheWay.map(({ podsOf }) => podsOf()));
    for (const [index, pods] of before.entries())
      expect(pods, onTheWay[index]?.what).to.not.be.empty;
    await expectInTheMiddle(old);
    for (const pod of before[0] ?? [])
      await core.deleteNamespacedPod({
        namespace: ourNamespace,
        name: nameOf(pod),
      });
    for (const { deployment, namespace: home } of onTheWay)
      if (deployment !== undefined)
        await kubectl([
          "rollout",
          "restart",
          deployment,
          `--namespace=${home}`,
        ]);
    const earlier = new Set(before.flat().map(({ metadata }) => metadata?.uid));
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

    await kubectl([
      "rollout",
      "status",
      "deployment/web",
      `--namespace=${namespace}`,
      "--timeout=400s",
    ]);
    const pods = await readyPods(namespace, "web", replicas);
    measured(
      `${replicas} Pods replaced meanwhile`,
      performance.now() - startedAt,
    );
    const used = await expectOneBoundClaimEach(namespace, pods);
    for (const { what, podsOf } of onTheWay)
      await eventually(
        `the ${what}'s old Pods gone`,
        async () =>
          (await podsOf()).every(({ metadata }) => !earlier.has(metadata?.uid)),
        restartTimeoutMs,
      );

    for (let sweep = 0; sweep < 2; sweep += 1)
      await sweepNow(
        "--grace-period=0s",
        "--unsafe-grace-period",
        `--namespace=${namespace}`,
      );
    await eventually(
      "only claims in use",
      async () => (await claimsIn(namespace)).length <= replicas,
      collectedTimeoutMs,
    );
    expect((await claimsIn(namespace)).map(nameOf).toSorted()).to.deep.equal(
      used.toSorted(),
    );
  });
});

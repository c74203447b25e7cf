import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import { expectAdopted } from "./adopted.ts";
import { apply, claimsIn, core, kubectl, podsIn } from "./cluster.ts";
import { evict } from "./evict.ts";
import { measured } from "./measured.ts";
import {
  expectOneBoundClaimEach,
  filesSeenBy,
  readyPods,
} from "./one-claim-each.ts";
import { sweepNow } from "./our-jobs.ts";
import { nodeState, skipBecause } from "./skip-because.ts";
import { volumeDirectories, volumesToGo } from "./volumes.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, isReady, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-rollout";
/** The garbage collector, then for each volume a helper Pod that removes its directory. */
const collectedTimeoutMs = 180_000;

/** Waits until exactly these claims are left, and their volumes. */
async function expectLeft(claims: readonly string[]): Promise<void> {
  await eventually(
    "the old claims gone",
    async () => (await claimsIn(namespace)).length === claims.length,
    collectedTimeoutMs,
  );
  const left = await claimsIn(namespace);
  expect(left.map(nameOf).toSorted()).to.deep.equal(claims.toSorted());
  await eventually(
    "the old volumes gone",
    async () => (await volumesToGo(namespace)).length <= claims.length,
    collectedTimeoutMs,
  );
}

describe("Pods that come and go", () => {
  let firstClaims: string[] = [];
  let cordoned: string | undefined;

  const cordon = async (node: string): Promise<void> => {
    cordoned = node;
    await kubectl(["cordon", node]);
  };
  const uncordon = async (): Promise<void> => {
    if (cordoned !== undefined) await kubectl(["uncordon", cordoned]);
    cordoned = undefined;
  };

  before(async () => {
    await apply(
      namespaceNamed(namespace),
      deploymentWithClaims(namespace, "web", 3),
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { namespace, name: "web" },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
      },
    );
    const pods = await readyPods(namespace, "web", 3);
    firstClaims = await expectOneBoundClaimEach(namespace, pods);
    // From here on the garbage collector does the rest, without a janitor.
    await sweepNow(`--namespace=${namespace}`);
    await expectAdopted(pods);
  });
  after(async () => {
    await uncordon();
    await deleteNamespace(namespace);
  });

  it("W19 a rollout with surge gives every new Pod an empty claim of its own, and the old ones go", async () => {
    const startedAt = performance.now();
    await kubectl([
      "rollout",
      "restart",
      "deployment/web",
      "--namespace",
      namespace,
    ]);
    await kubectl([
      "rollout",
      "status",
      "deployment/web",
      "--namespace",
      namespace,
      "--timeout=180s",
    ]);
    const pods = await readyPods(namespace, "web", 3);
    measured("three Pods replaced", performance.now() - startedAt);
    const claims = await expectOneBoundClaimEach(namespace, pods);
    expect(
      claims.filter((claim) => firstClaims.includes(claim)),
      "claims used again",
    ).to.deep.equal([]);
    for (const pod of pods)
      expect(await filesSeenBy(pod)).to.deep.equal([nameOf(pod)]);
    await expectLeft(claims);
  });

  it("a Pod that is deleted is replaced by one with a claim of its own", async () => {
    await sweepNow(`--namespace=${namespace}`);
    const [pod] = await readyPods(namespace, "web", 3);
    if (pod === undefined) throw new Error("there is no Pod");
    await core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
    await eventually(
      "the Pod gone",
      async () =>
        (await podsIn(namespace)).every(
          ({ metadata }) => metadata?.uid !== pod.metadata?.uid,
        ),
      60_000,
    );
    const claims = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "web", 3),
    );
    await expectLeft(claims);
  });

  it("a node is drained under a PodDisruptionBudget, which lets one Pod go at a time", async function () {
    const { items: nodes } = await core.listNode();
    const [node] = nodes;
    if (node === undefined || nodes.length > 1)
      skipBecause(this, `the cluster has ${nodes.length} nodes, not one`);
    const name = node.metadata?.name ?? "";
    await sweepNow(`--namespace=${namespace}`);
    const earlier = (await readyPods(namespace, "web", 3)).map(nameOf);
    // The only node: it takes Pods again as soon as one was evicted, else the budget would never allow the second.
    for (const leaving of earlier) {
      await cordon(name);
      const pods = await readyPods(namespace, "web", 3);
      const pod = pods.find((one) => nameOf(one) === leaving);
      const other = pods.find((one) => nameOf(one) !== leaving);
      if (pod === undefined || other === undefined)
        throw new Error(`there is no Pod ${leaving}, or no other`);
      await eventually("an eviction within the budget", () => evict(pod));
      expect(await evict(other), "an eviction beyond the budget").to.be.false;
      await eventually(
        "its replacement admitted, and without a node",
        async () => {
          const there = (await podsIn(namespace)).filter(
            ({ metadata }) => metadata?.deletionTimestamp === undefined,
          );
          return (
            there.length === 3 &&
            there.some(({ spec }) => spec?.nodeName === undefined)
          );
        },
        60_000,
      );
      const survivor = (await podsIn(namespace)).find(
        ({ metadata }) => metadata?.uid === other.metadata?.uid,
      );
      expect(survivor && isReady(survivor), "the other Pod runs on").to.be.true;
      await uncordon();
      await readyPods(namespace, "web", 3);
    }
    const pods = await readyPods(namespace, "web", 3);
    expect(pods.map(nameOf)).to.not.include.members(earlier);
    await expectLeft(await expectOneBoundClaimEach(namespace, pods));
  });

  it("leaves no directory on the node but those of claims that are there", async function () {
    const state = nodeState(this);
    const { length } = await claimsIn(namespace);
    expect(length).to.equal(3);
    await eventually(
      "as many directories as claims",
      async () => (await volumeDirectories(state, namespace)).length === length,
      collectedTimeoutMs,
    );
  });
});

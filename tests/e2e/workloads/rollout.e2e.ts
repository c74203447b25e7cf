import { ApiException } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import {
  expectAdopted,
  expectDirectories,
  expectLeft,
  expectOneBoundClaimEach,
} from "../steps/claims.ts";
import { core, kubectl, podsIn } from "../steps/cluster.ts";
import { measured, skipBecause } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweep } from "../steps/our-jobs.ts";
import {
  deploymentWithClaims,
  filesSeenBy,
  firstReadyPod,
  isReady,
  readyPods,
  restart,
} from "../steps/workloads.ts";

const namespace = "e2e-rollout";

/** Requests the eviction of a Pod, as `kubectl drain` does. Returns false when a PodDisruptionBudget forbids it for now. */
async function evict(pod: V1Pod): Promise<boolean> {
  const metadata = { namespace, name: nameOf(pod) };
  try {
    await core.createNamespacedPodEviction({
      ...metadata,
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata },
    });
    return true;
  } catch (error) {
    // https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/#how-api-initiated-eviction-works
    if (error instanceof ApiException && error.code === 429) return false;
    throw error;
  }
}

describe("Pods that come and go", () => {
  let firstClaims: string[] = [];
  let cordoned: string | undefined;

  const cordon = async (node: string): Promise<void> => {
    cordoned = node;
    await kubectl(`cordon ${node}`);
  };
  const uncordon = async (): Promise<void> => {
    if (cordoned !== undefined) await kubectl(`uncordon ${cordoned}`);
    cordoned = undefined;
  };
  /** Waits for three ready Pods, and until only their claims and volumes are left. Returns both. */
  const settled = async (): Promise<{ pods: V1Pod[]; claims: string[] }> => {
    const pods = await readyPods(namespace, "web", 3);
    const claims = await expectOneBoundClaimEach(namespace, pods);
    await expectLeft(namespace, claims);
    return { pods, claims };
  };

  after(uncordon);
  useNamespace(namespace, deploymentWithClaims(namespace, "web", 3), {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { namespace, name: "web" },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
  });
  before(async () => {
    const pods = await readyPods(namespace, "web", 3);
    firstClaims = await expectOneBoundClaimEach(namespace, pods);
    // From here on the garbage collector does the rest, without a janitor.
    await sweep(namespace);
    await expectAdopted(pods);
  });

  it("W19 a rollout with surge gives every new Pod an empty claim of its own, and the old ones go", async () => {
    const startedAt = performance.now();
    await restart(namespace, "web");
    await readyPods(namespace, "web", 3);
    measured("three Pods replaced", performance.now() - startedAt);
    const { pods, claims } = await settled();
    expect(
      claims.filter((claim) => firstClaims.includes(claim)),
      "claims used again",
    ).to.deep.equal([]);
    for (const pod of pods)
      expect(await filesSeenBy(pod)).to.deep.equal([nameOf(pod)]);
  });

  it("a Pod that is deleted is replaced by one with a claim of its own", async () => {
    await sweep(namespace);
    const pod = await firstReadyPod(namespace, "web", 3);
    await core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
    await eventually(
      "the Pod deleted",
      async () =>
        (await podsIn(namespace)).every(
          ({ metadata }) => metadata?.uid !== pod.metadata?.uid,
        ),
      60_000,
    );
    await settled();
  });

  it("a node is drained under a PodDisruptionBudget, which lets one Pod go at a time", async function () {
    const { items: nodes } = await core.listNode();
    const [node] = nodes;
    if (node === undefined || nodes.length > 1)
      skipBecause(this, `the cluster has ${nodes.length} nodes, not one`);
    const name = node.metadata?.name ?? "";
    await sweep(namespace);
    const earlier = (await readyPods(namespace, "web", 3)).map(nameOf);
    // The only node: it takes Pods again after each eviction, or the budget would never allow the second.
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
    const { pods } = await settled();
    expect(pods.map(nameOf)).to.not.include.members(earlier);
  });

  it("leaves on the node only the directories of existing claims", async function () {
    await settled();
    await expectDirectories(this, namespace, 3);
  });
});

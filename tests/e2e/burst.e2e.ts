import { expect } from "chai";
import { nameOf } from "../support/pods-and-claims.ts";
import { eventually } from "../support/eventually.ts";
import { apply, claimsIn, podsIn } from "./cluster.ts";
import { measured } from "./measured.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { deleteNamespace, functionAtZero } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-burst";
const replicas = 30;
/** Thirty Pods, and thirty helper Pods that make their volumes' directories, on one node of two cores. */
const readyTimeoutMs = 420_000;

describe("thirty replicas at once", () => {
  before(async () => apply(namespaceNamed(namespace)));
  after(() => deleteNamespace(namespace));

  it("W13 are admitted from zero, each with a claim of its own and none twice", async () => {
    await functionAtZero();
    const startedAt = performance.now();
    await apply(deploymentWithClaims(namespace, "many", replicas));
    await eventually(
      `${replicas} Pods admitted`,
      async () => (await podsIn(namespace)).length === replicas,
      60_000,
    );
    measured(
      `${replicas} Pods admitted, from zero`,
      performance.now() - startedAt,
    );

    const pods = await readyPods(namespace, "many", replicas, readyTimeoutMs);
    measured(
      `${replicas} Pods ready, from zero`,
      performance.now() - startedAt,
    );
    const used = await expectOneBoundClaimEach(namespace, pods);
    expect(
      (await claimsIn(namespace)).map(nameOf).toSorted(),
      "no claim without a Pod",
    ).to.deep.equal(used.toSorted());
  });
});

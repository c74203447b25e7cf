import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  apply,
  claimNamesIn,
  functionAtZero,
  podsIn,
} from "../steps/cluster.ts";
import { measured } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { deploymentWithClaims, readyPods } from "../steps/workloads.ts";

describe("the function after its work", () => {
  const namespace = "e2e-back-at-zero";
  useNamespace(namespace, deploymentWithClaims(namespace, "cache", 3));

  it("goes to zero again, and the Pods keep running", async () => {
    await readyPods(namespace, "cache", 3);
    measured("the function went to zero again", await functionAtZero());
    const pods = await readyPods(namespace, "cache", 3);
    expect(pods.flatMap(claimVolumes)).to.have.lengthOf(3);
  });
});

describe("thirty replicas at once", () => {
  const namespace = "e2e-burst";
  const replicas = 30;
  /** Thirty Pods, and thirty helper Pods that make the directories of their volumes, on one node with two cores. */
  const readyTimeoutMs = 420_000;
  useNamespace(namespace);

  it("W13 are admitted from zero, each with a claim of its own and none twice", async () => {
    await functionAtZero();
    const startedAt = performance.now();
    await apply(deploymentWithClaims(namespace, "many", replicas));
    await eventually(
      `${replicas} Pods admitted`,
      async () => (await podsIn(namespace)).length === replicas,
      60_000,
    );
    const sinceStart = (): number => performance.now() - startedAt;
    measured(`${replicas} Pods admitted, from zero`, sinceStart());
    const pods = await readyPods(namespace, "many", replicas, readyTimeoutMs);
    measured(`${replicas} Pods ready, from zero`, sinceStart());
    expect(
      await claimNamesIn(namespace),
      "no claim without a Pod",
    ).to.have.members(await expectOneBoundClaimEach(namespace, pods));
  });
});

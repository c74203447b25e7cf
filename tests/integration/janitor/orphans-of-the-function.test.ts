import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  admissionSuite,
  aDeployment,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { settled } from "../../support/examples.ts";
import { sweepNamespace } from "../../support/janitor-sweep.ts";
import type { SweepOutput } from "../../support/janitor-sweep.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { rejectPodsIn } from "../../support/rejecting-policy.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

/** Names of the claims that the sweep deleted. */
function deletedBy({ claims }: SweepOutput): string[] {
  return claims
    .filter(({ decision }) => decision === "delete")
    .map(({ name }) => name);
}

describe("the function and the janitor together", function () {
  this.timeout(90_000);
  const suite = admissionSuite();

  async function runningPods(namespace: string): Promise<readonly V1Pod[]> {
    return (await settled(suite, namespace, 2)).pods;
  }

  async function namesOfClaims(namespace: string): Promise<string[]> {
    return (await claimsIn(suite, namespace)).map(nameOf);
  }

  it("W1: every claim of a rejected Pod is gone one grace period and one sweep later, and not before", async () => {
    const namespace = await uniqueNamespace("leftover");
    const allow = await rejectPodsIn(
      suite.controlPlane.kubeConfig,
      namespace,
      "no Pods today",
    );
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 2),
    });
    await eventually(
      "tries have left claims",
      async () => (await claimsIn(suite, namespace)).length >= 3,
    );
    const early = await sweepNamespace(suite.controlPlane, namespace, "1h");
    expect(new Set(early.claims.map(({ reason }) => reason))).to.deep.equal(
      new Set(["younger-than-grace"]),
    );

    await allow();
    const pods = await runningPods(namespace);
    const leftOver = (await namesOfClaims(namespace)).filter(
      (name) => !pods.some((pod) => claimOf(pod) === name),
    );
    expect(leftOver).to.have.length.of.at.least(3);
    const report = await sweepNamespace(suite.controlPlane, namespace);
    expect(deletedBy(report)).to.have.members(leftOver);
    await eventually(
      "only the claims of the Pods are left",
      async () => (await claimsIn(suite, namespace)).length === 2,
    );
    expect(await namesOfClaims(namespace)).to.have.members(pods.map(claimOf));
  });

  it("J24: scaled down and up again, each new Pod has a fresh claim", async () => {
    const namespace = await uniqueNamespace("down-and-up");
    const scale = (replicas: number): Promise<unknown> =>
      suite.controlPlane.kubectl(
        `-n ${namespace} scale deployment/web --replicas=${replicas}`.split(
          " ",
        ),
      );
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 2),
    });
    const before = (await runningPods(namespace)).map(claimOf);
    await scale(0);
    await eventually(
      "the Pods are gone",
      async () => (await podsIn(suite, namespace)).length === 0,
    );
    await scale(2);
    const after = (await runningPods(namespace)).map(claimOf);
    expect(after).not.to.include.any.members(before);
    const report = await sweepNamespace(suite.controlPlane, namespace);
    expect(deletedBy(report)).to.have.members(before);
  });
});

import { expect } from "chai";
import {
  admissionSuite,
  aDeployment,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { sweepNamespace } from "../../support/janitor-sweep.ts";
import { refusePodsIn } from "../../support/refusing-policy.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

describe("the function and the janitor together", function () {
  this.timeout(90_000);
  const suite = admissionSuite();

  async function runningPods(
    namespace: string,
    count: number,
  ): Promise<Awaited<ReturnType<typeof podsIn>>> {
    return await eventually(`${count} Pods run`, async () => {
      const pods = await podsIn(suite, namespace);
      return (
        pods.length === count &&
        pods.every(({ status }) => status?.phase === "Running") &&
        pods
      );
    });
  }

  it("W1: every claim of a rejected Pod is gone one grace period and one sweep later, and not before", async () => {
    const namespace = await uniqueNamespace("leftover");
    const allow = await refusePodsIn(
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
    const pods = await runningPods(namespace, 2);
    const leftOver = (await claimsIn(suite, namespace))
      .map(({ metadata }) => metadata?.name)
      .filter((name) => !pods.some((pod) => claimOf(pod) === name));
    expect(leftOver).to.have.length.of.at.least(3);
    const report = await sweepNamespace(suite.controlPlane, namespace);
    expect(
      report.claims
        .filter(({ decision }) => decision === "delete")
        .map(({ name }) => name),
    ).to.have.members(leftOver);
    await eventually(
      "only the claims of the Pods are left",
      async () => (await claimsIn(suite, namespace)).length === 2,
    );
    expect(
      (await claimsIn(suite, namespace)).map(({ metadata }) => metadata?.name),
    ).to.have.members(pods.map(claimOf));
  });

  it("J24: scaled down and up again, each new Pod has a fresh claim", async () => {
    const namespace = await uniqueNamespace("down-and-up");
    const scale = (replicas: number): Promise<unknown> =>
      suite.controlPlane.kubectl([
        "-n",
        namespace,
        "scale",
        "deployment/web",
        `--replicas=${replicas}`,
      ]);
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 2),
    });
    const before = (await runningPods(namespace, 2)).map(claimOf);
    await scale(0);
    await eventually(
      "the Pods are gone",
      async () => (await podsIn(suite, namespace)).length === 0,
    );
    await scale(2);
    const after = (await runningPods(namespace, 2)).map(claimOf);
    expect(after).not.to.include.any.members(before);
    const report = await sweepNamespace(suite.controlPlane, namespace);
    expect(
      report.claims
        .filter(({ decision }) => decision === "delete")
        .map(({ name }) => name),
    ).to.have.members(before);
  });
});

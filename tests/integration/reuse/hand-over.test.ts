import { expect } from "chai";
import type { V1Deployment } from "@kubernetes/client-node";
import { admissionSuite } from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { sideBySide } from "../../support/side-by-side.ts";
import { expectOnly, watchExclusiveClaims } from "./exclusive-claims.ts";
import type { ExclusiveClaims } from "./exclusive-claims.ts";
import {
  claimNames,
  claimsOfRunning,
  rollOut,
  reusingDeployment,
  scale,
} from "./reuse-suite.ts";

const LEASE_MS = 5_000;

type Strategy = NonNullable<V1Deployment["spec"]>["strategy"];

describe("claims that are reused, on a real control plane", function () {
  this.timeout(180_000);
  const suite = admissionSuite(LEASE_MS);
  const watches: ExclusiveClaims[] = [];
  after(() => {
    for (const each of watches) each.stop();
  });

  /** Three replicas with `Wait`, watched from before their first Pod on. */
  async function startThree(
    prefix: string,
    strategy?: Strategy,
  ): Promise<{
    readonly namespace: string;
    readonly claims: readonly string[];
    readonly watched: ExclusiveClaims;
  }> {
    const namespace = await uniqueNamespace(prefix);
    const watched = await watchExclusiveClaims(
      suite.controlPlane.kubeConfig,
      namespace,
      LEASE_MS,
    );
    watches.push(watched);
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment("db", 3, { "on-miss": "Wait" }, strategy),
    });
    const claims = await claimsOfRunning(suite, namespace, 3);
    return { namespace, claims, watched };
  }

  async function rollout(strategy: Strategy): Promise<void> {
    const { claims, namespace, watched } = await startThree(
      "rollout",
      strategy,
    );
    expect(await rollOut(suite, namespace, "db", 3)).to.deep.equal(claims);
    expect(await claimNames(suite, namespace)).to.deep.equal(claims);
    await expectOnly(watched, claims);
  }

  sideBySide({
    "come back in a rollout with Recreate and Wait: the same three claims, and no other":
      () => rollout({ type: "Recreate" }),

    "come back in a rollout with maxSurge 0 and Wait: the same three claims, and no other":
      () =>
        rollout({
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
        }),

    "come back after a scale to zero, and to one, and two new ones are created for a scale-up":
      async () => {
        const { claims, namespace, watched } = await startThree("scaled");
        for (const fewer of [0, 1]) {
          await scale(suite, namespace, "db", fewer);
          await claimsOfRunning(suite, namespace, fewer);
          await scale(suite, namespace, "db", 3);
          expect(await claimsOfRunning(suite, namespace, 3)).to.deep.equal(
            claims,
          );
          await expectOnly(watched, claims);
        }
        await scale(suite, namespace, "db", 5);
        const five = await claimsOfRunning(suite, namespace, 5);
        expect(five).to.include.members(claims);
        expect(await claimNames(suite, namespace)).to.deep.equal(five);
        await expectOnly(watched, five);
      },
  });
});

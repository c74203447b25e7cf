import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { admissionSuite } from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { holdBackPods } from "./hold-back.ts";
import {
  claimNames,
  claimsOfRunning,
  reusingDeployment,
  rollOut,
} from "./reuse-suite.ts";

/** Rollouts of each Deployment, one after another. */
const ROLLOUTS = Number(process.env["ROLLOUTS"] ?? 6);
const DEPLOYMENTS = 4;
const REPLICAS = 3;
/** For so long another webhook may hold back a delete, in milliseconds: the new Pod then comes before the old one is terminating. */
const LONGEST_DELETE_MS = 300;

/** The function looks again for about a second before it makes a claim, in milliseconds. */
const WAIT_MS = 750;

describe("rollouts with maxSurge 0 and Wait, without max-sets", function () {
  this.timeout(60_000 * ROLLOUTS);
  const suite = admissionSuite(5_000);

  /** Rolls out again and again. Gives the number of claims after each rollout. */
  async function rollOuts(): Promise<number[]> {
    const namespace = await uniqueNamespace("no-surge");
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment(
        "db",
        REPLICAS,
        { "on-miss": "Wait" },
        {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
        },
      ),
    });
    await claimsOfRunning(suite, namespace, REPLICAS);
    const counts: number[] = [];
    const release = await holdBackPods(
      suite.controlPlane,
      namespace,
      "DELETE",
      () => sleep(Math.random() * LONGEST_DELETE_MS),
    );
    try {
      for (let rollout = 0; rollout < ROLLOUTS; rollout += 1) {
        await rollOut(suite, namespace, "db", REPLICAS);
        counts.push((await claimNames(suite, namespace)).length);
      }
    } finally {
      await release();
    }
    return counts;
  }

  it(`make no claim in ${DEPLOYMENTS * ROLLOUTS} rollouts of ${REPLICAS} replicas, when deletes take up to ${LONGEST_DELETE_MS} ms`, async () => {
    const counts = await Promise.all(
      Array.from({ length: DEPLOYMENTS }, rollOuts),
    );
    const grew = counts.flatMap((of) =>
      of.filter((count, index) => count > (of[index - 1] ?? REPLICAS)),
    );
    const tookMs = suite.running.log
      .filter(({ reason }) => String(reason).startsWith("created "))
      .map(({ ms }) => Number(ms))
      .slice(DEPLOYMENTS * REPLICAS);
    console.log(
      `      ${grew.length} of ${DEPLOYMENTS * ROLLOUTS} rollouts made a claim, after ${tookMs.join(", ")} ms`,
    );
    // On a machine with too much to do, a delete may take longer than the function waits.
    expect(tookMs.filter((ms) => ms < WAIT_MS)).to.deep.equal([]);
    expect(grew.length).to.be.at.most(ROLLOUTS);
  });
});

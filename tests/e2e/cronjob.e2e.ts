import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import {
  expectAdopted,
  expectLeft,
  expectOneBoundClaimEach,
} from "./claims.ts";
import {
  batch,
  claimNamesIn,
  kubectl,
  ourNamespace,
  podsIn,
} from "./cluster.ts";
import { early, makeEarlyOrphans } from "./early-orphans.e2e.ts";
import { measured } from "./mocha-output.ts";
import { deleteNamespace, useNamespace } from "./namespaces.ts";
import { jobsOf, suspend, sweep } from "./our-jobs.ts";
import { deploymentWithClaims, readyPods } from "./workloads.ts";

/** Grace period and schedule are five minutes each; then a Pod starts, on a busy node. */
const sweptTimeoutMs = 12 * 60_000;

describe("the janitor's CronJob, on its own schedule", () => {
  // They do not exist yet if only these tests run.
  before(async () => {
    if (early.orphans.length === 0) await makeEarlyOrphans();
  });
  after(() => deleteNamespace(early.namespace));

  it("J2 W1 deletes the claims of rejected Pods that were made at the beginning, and no claim in use", async () => {
    const { namespace, orphans, used } = early;
    expect(orphans).to.not.be.empty;
    await eventually(
      "the orphans deleted",
      async () => {
        const left = new Set(await claimNamesIn(namespace));
        return orphans.every((claim) => !left.has(claim));
      },
      sweptTimeoutMs,
    );
    measured(
      "age of the orphans at their end",
      performance.now() - early.madeAt,
    );
    expect(await claimNamesIn(namespace)).to.have.members(used);
  });

  it("ran by itself, and no run failed", async () => {
    const { status } = await batch.readNamespacedCronJob({
      namespace: ourNamespace,
      name: "janitor",
    });
    // Jobs that these tests create from it are in its history too, and may have replaced its own there.
    expect(status?.lastScheduleTime).to.be.an.instanceOf(Date);
    expect(status?.lastSuccessfulTime).to.be.an.instanceOf(Date);
    const failed = (await jobsOf("janitor")).filter(
      (job) => (job.status?.failed ?? 0) > 0,
    );
    expect(failed.map(({ metadata }) => metadata?.name)).to.deep.equal([]);
  });
});

/** The uids of the Jobs that the CronJob has created. */
async function sweeps(): Promise<string[]> {
  return (await jobsOf("janitor")).map(({ metadata }) => metadata?.uid ?? "");
}

describe("the janitor's CronJob, suspended", () => {
  const namespace = "e2e-suspended";
  let sweepsBefore: readonly string[] = [];

  useNamespace(namespace, deploymentWithClaims(namespace, "web", 3));
  before(async () => {
    const pods = await readyPods(namespace, "web", 3);
    await sweep(namespace);
    await expectAdopted(pods);
    await suspend("janitor", true);
    sweepsBefore = await sweeps();
  });
  after(() => suspend("janitor", false));

  it("J17 is not needed: scaled down, the Deployment's claims are collected with their Pods", async () => {
    await kubectl(`scale deployment/web --replicas=1 --namespace=${namespace}`);
    const pods = await readyPods(namespace, "web", 1);
    await expectLeft(namespace, await expectOneBoundClaimEach(namespace, pods));
  });

  it("J17 is not needed: deleted with its Pods, a Deployment leaves no claim", async () => {
    await kubectl(`delete deployment/web --namespace=${namespace}`);
    await eventually(
      "its Pods deleted",
      async () => (await podsIn(namespace)).length === 0,
      60_000,
    );
    await expectLeft(namespace, []);
  });

  it("has swept nothing meanwhile", async () => {
    const { spec } = await batch.readNamespacedCronJob({
      namespace: ourNamespace,
      name: "janitor",
    });
    expect(spec?.suspend).to.be.true;
    const since = (await sweeps()).filter((uid) => !sweepsBefore.includes(uid));
    expect(since).to.deep.equal([]);
  });
});

import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import {
  expectAdopted,
  expectLeft,
  expectOneBoundClaimEach,
} from "../steps/claims.ts";
import {
  batch,
  claimNamesIn,
  core,
  kubectl,
  ourNamespace,
  podsIn,
} from "../steps/cluster.ts";
import { early, makeEarlyOrphans } from "./early-orphans.e2e.ts";
import { measured } from "../steps/mocha-output.ts";
import { deleteNamespace, useNamespace } from "../steps/namespaces.ts";
import { jobsOf, suspend, sweep } from "../steps/our-jobs.ts";
import { deploymentWithClaims, readyPods } from "../steps/workloads.ts";

const graceMs = 5 * 60_000;
/** Grace period and schedule are five minutes each; then a Pod starts, on a busy node. */
const sweptTimeoutMs = 12 * 60_000;

/**
 * The age at which the janitor has deleted a claim, in ms, by the Event that it left. The claims may have been gone for long when
 * these tests begin.
 */
async function ageAtDeletion(claim: V1PersistentVolumeClaim): Promise<number> {
  const { namespace = "", uid, creationTimestamp } = claim.metadata ?? {};
  const { items } = await core.listNamespacedEvent({
    namespace,
    fieldSelector: `reason=ClaimDeleted,involvedObject.uid=${uid}`,
  });
  expect(items, `Events about ${nameOf(claim)}`).to.have.lengthOf(1);
  // The client leaves this time a text.
  const deletedAt = new Date(items[0]?.eventTime ?? Number.NaN);
  return Number(deletedAt) - Number(creationTimestamp);
}

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
        return orphans.every((claim) => !left.has(nameOf(claim)));
      },
      sweptTimeoutMs,
    );
    expect(await claimNamesIn(namespace)).to.have.members(used);
  });

  it("has deleted each after its grace period, with the next sweep", async () => {
    const ages = await Promise.all(early.orphans.map(ageAtDeletion));
    measured("age of the oldest at its deletion", Math.max(...ages));
    for (const age of ages) expect(age).to.be.within(graceMs, sweptTimeoutMs);
  });

  it("ran by itself, and no run failed", async () => {
    const { status } = await batch.readNamespacedCronJob({
      namespace: ourNamespace,
      name: "janitor",
    });
    expect(status?.lastScheduleTime).to.be.an.instanceOf(Date);
    expect(status?.lastSuccessfulTime).to.be.an.instanceOf(Date);
    // Its history keeps the last Job that succeeded, and with it the report of that sweep.
    const jobs = await jobsOf("janitor");
    expect(jobs.filter((job) => job.status?.succeeded === 1)).to.not.be.empty;
    const failed = jobs.filter((job) => (job.status?.failed ?? 0) > 0);
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

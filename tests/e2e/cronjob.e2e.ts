import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import { expectAdopted } from "./adopted.ts";
import {
  apply,
  batch,
  claimsIn,
  kubectl,
  ourNamespace,
  podsIn,
} from "./cluster.ts";
import { longAgo, makeEarlyOrphans } from "./early-orphans.ts";
import { measured } from "./measured.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { jobsOf, suspend, sweepNow } from "./our-jobs.ts";
import { volumesToGo } from "./volumes.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

/** Grace period and schedule are five minutes each; then a Pod has to start, on a node that has other things to do. */
const sweptTimeoutMs = 12 * 60_000;

describe("the janitor's CronJob, on its own schedule", () => {
  // They are there, unless only these tests were asked for.
  before(async () => {
    if (longAgo.orphans.length === 0) await makeEarlyOrphans();
  });
  after(() => deleteNamespace(longAgo.namespace));

  it("J2 W1 deletes the claims of refused Pods that were made at the beginning, and no claim in use", async () => {
    const { orphans, used } = longAgo;
    expect(orphans).to.not.be.empty;
    await eventually(
      "the orphans gone",
      async () => {
        const left = new Set((await claimsIn(longAgo.namespace)).map(nameOf));
        return orphans.every((claim) => !left.has(claim));
      },
      sweptTimeoutMs,
    );
    measured(
      "from their making until the orphans were gone",
      performance.now() - longAgo.madeAt,
    );
    expect(
      (await claimsIn(longAgo.namespace)).map(nameOf).toSorted(),
    ).to.deep.equal(used.toSorted());
  });

  it("ran by itself, and no run failed", async () => {
    const { status } = await batch.readNamespacedCronJob({
      namespace: ourNamespace,
      name: "janitor",
    });
    // Jobs that these tests start from it are in its history, too, and may have taken the place of its own there.
    expect(status?.lastScheduleTime).to.be.an.instanceOf(Date);
    expect(status?.lastSuccessfulTime).to.be.an.instanceOf(Date);
    const jobs = await jobsOf("janitor");
    const failed = jobs.filter((job) => (job.status?.failed ?? 0) > 0);
    expect(failed.map(({ metadata }) => metadata?.name)).to.deep.equal([]);
  });
});

/** The uids of the Jobs that the CronJob has made. */
async function sweeps(): Promise<string[]> {
  return (await jobsOf("janitor")).map(({ metadata }) => metadata?.uid ?? "");
}

describe("the janitor's CronJob, suspended", () => {
  const namespace = "e2e-suspended";
  /** Only the garbage collector and the volumes' provisioner have to act; no sweep could be so soon. */
  const collectedTimeoutMs = 120_000;

  const expectLeft = async (claims: readonly string[]): Promise<void> => {
    await eventually(
      "the other claims gone, and their volumes",
      async () =>
        (await claimsIn(namespace)).length <= claims.length &&
        (await volumesToGo(namespace)).length <= claims.length,
      collectedTimeoutMs,
    );
    expect((await claimsIn(namespace)).map(nameOf)).to.have.members(claims);
  };
  let sweepsBefore: readonly string[] = [];

  before(async () => {
    await apply(
      namespaceNamed(namespace),
      deploymentWithClaims(namespace, "web", 3),
    );
    const pods = await readyPods(namespace, "web", 3);
    await sweepNow(`--namespace=${namespace}`);
    await expectAdopted(pods);
    await suspend("janitor", true);
    sweepsBefore = await sweeps();
  });
  after(async () => {
    await suspend("janitor", false);
    await deleteNamespace(namespace);
  });

  it("J17 is not needed: scaled down, the Deployment's claims are collected with their Pods", async () => {
    await kubectl([
      "scale",
      "deployment/web",
      "--replicas=1",
      `--namespace=${namespace}`,
    ]);
    await expectLeft(
      await expectOneBoundClaimEach(
        namespace,
        await readyPods(namespace, "web", 1),
      ),
    );
  });

  it("J17 is not needed: deleted with its Pods, a Deployment leaves no claim", async () => {
    await kubectl(["delete", "deployment/web", `--namespace=${namespace}`]);
    await eventually(
      "its Pods gone",
      async () => (await podsIn(namespace)).length === 0,
      60_000,
    );
    await expectLeft([]);
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

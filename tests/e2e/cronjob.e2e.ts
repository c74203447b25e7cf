import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import { batch, claimsIn, ourNamespace } from "./cluster.ts";
import { measured } from "./measured.ts";
import { longAgo } from "./early-orphans.ts";
import { deleteNamespace } from "./wait.ts";

/** Grace period and schedule are five minutes each; then a Pod has to start, on a node that has other things to do. */
const sweptTimeoutMs = 12 * 60_000;

describe("the janitor's CronJob, on its own schedule", () => {
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
    expect(status?.lastSuccessfulTime).to.be.an.instanceOf(Date);
    const { items } = await batch.listNamespacedJob({
      namespace: ourNamespace,
      labelSelector: "app.kubernetes.io/component=janitor",
    });
    const failed = items.filter(
      (job) =>
        job.metadata?.ownerReferences?.some(({ name }) => name === "janitor") &&
        (job.status?.failed ?? 0) > 0,
    );
    expect(failed.map(({ metadata }) => metadata?.name)).to.deep.equal([]);
  });
});

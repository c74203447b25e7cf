import { expect } from "chai";
import fc from "fast-check";
import { dataSourcesOn } from "../../../functions/claim/data-sources.ts";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { isLabelSelector } from "../../../functions/kubernetes/label-selector.ts";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import { admissionSuite, claimsIn } from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { claimFrom, requestOf, review } from "./world.ts";
import { installSnapshots } from "./snapshots.ts";
import type { Snapshots, SnapshotStatus } from "./snapshots.ts";

const JANUARY = "2026-01-31T03:00:00Z";
const FEBRUARY = "2026-02-28T03:00:00Z";
const MARCH = "2026-03-31T03:00:00Z";

/** What its driver says of a snapshot that was cut then. */
function ready(creationTime: string): SnapshotStatus {
  return { readyToUse: true, creationTime };
}

describe("the snapshot that a volume starts from, chosen by its labels,", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let snapshots: Snapshots;

  before(async () => {
    snapshots = await installSnapshots(suite.controlPlane);
  });

  it("is for each Pod the newest ready snapshot that its labels choose, and stays so", async () => {
    const namespace = await uniqueNamespace("newest");
    const orders = { app: "orders", tier: "nightly" };
    await snapshots.set(namespace, "a", ready(FEBRUARY), orders);
    await snapshots.set(namespace, "b", ready(JANUARY), orders);
    await snapshots.set(namespace, "c", { creationTime: MARCH }, orders);
    await snapshots.set(namespace, "d", ready(MARCH), { app: "other" });
    await snapshots.set(namespace, "e", ready(MARCH), orders);
    await snapshots.startDeletion(namespace, "e");

    const nameFrom = async (selector: string) =>
      (await claimFrom(suite, namespace, `VolumeSnapshot?${selector}`)).spec
        ?.dataSource?.name;
    const first = await claimFrom(
      suite,
      namespace,
      "VolumeSnapshot?app=orders",
    );
    expect(first.spec?.dataSource?.name).to.equal("a");
    expect(
      await nameFrom("app in (orders, none), tier!=weekly, !draft"),
    ).to.equal("a");
    expect(await nameFrom("app")).to.equal("d");

    await snapshots.set(namespace, "c", ready(MARCH), orders);
    expect(await nameFrom("app=orders")).to.equal("c");
    const { spec } = await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name: first.metadata?.name ?? "",
    });
    expect(spec?.dataSource?.name).to.equal("a");
  });

  for (const newest of ["a", "c", "e"])
    it(`is the newest snapshot on whatever page it is: ${newest} of five, two a page`, async () => {
      const namespace = await uniqueNamespace("pages");
      for (const name of ["a", "b", "c", "d", "e"])
        await snapshots.set(
          namespace,
          name,
          ready(name === newest ? MARCH : JANUARY),
          { app: "orders" },
        );
      const api = connectApiServer(suite.controlPlane.kubeConfig, "test");
      const plan = await planPod(
        requestOf(namespace, "VolumeSnapshot?app=orders"),
      );
      if (plan.kind !== "patch") throw new Error(`the plan is ${plan.kind}`);
      const [claim] = plan.claims;
      if (!claim?.source) throw new Error("there is nothing to look up");
      const { spec } = await dataSourcesOn(api, 2).resolve(
        claim.manifest,
        claim.source,
        performance.now() + 10_000,
      );
      expect(spec.dataSource?.name).to.equal(newest);
    });

  it("W2: stays the same for a request delivered twice, though a newer snapshot has come meanwhile", async () => {
    const namespace = await uniqueNamespace("twice");
    const labels = { app: "orders" };
    const source = "VolumeSnapshot?app=orders";
    const status = { readyToUse: true, creationTime: JANUARY };
    await snapshots.set(namespace, "old", status, labels);
    const first = await review(suite.running, namespace, source);
    await snapshots.set(
      namespace,
      "new",
      { ...status, creationTime: MARCH },
      labels,
    );
    const second = await review(suite.running, namespace, source);
    expect(first).to.have.property("allowed", true);
    expect(second).to.deep.equal(first);
    const claims = await claimsIn(suite, namespace);
    expect(claims.map(({ spec }) => spec?.dataSource?.name)).to.deep.equal([
      "old",
    ]);
  });

  it("is chosen by the label selectors that the API server takes, and no others", async () => {
    const part = fc.oneof(
      { arbitrary: fc.constantFrom("app", "tier", "in", "notin"), weight: 4 },
      fc.constantFrom("=", "==", "!=", "!", ",", "(", ")", "<", ">", "a/b"),
      fc.constantFrom(" ", " in (", " notin (", ")", ",", "7", "-", "é"),
      fc.constantFrom(" in ()", " in (,)", " notin (a,,b,)", " in (a b)"),
    );
    const requirement = fc.constantFrom(
      "app=orders",
      "tier in (a,b)",
      "!draft",
      "size>7",
      "a.b/c",
      "app= ",
    );
    const selector = fc.oneof(
      fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
      fc
        .array(fc.oneof({ arbitrary: requirement, weight: 6 }, part), {
          minLength: 1,
          maxLength: 4,
        })
        .map((parts) => parts.join(",")),
    );
    await fc.assert(
      fc.asyncProperty(selector, async (text) => {
        // To the API server this is every snapshot.
        fc.pre(text.trim() !== "");
        expect(isLabelSelector(text)).to.equal(
          await snapshots.takesSelector(text),
        );
      }),
      { numRuns: 500 },
    );
  });
});

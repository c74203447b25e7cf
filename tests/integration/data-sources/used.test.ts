import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { dataSourcesOn } from "../../../functions/claim/data-sources.ts";
import { TEMPLATE_DATA_SOURCE } from "../../../functions/contract/keys.ts";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { isLabelSelector } from "../../../functions/kubernetes/label-selector.ts";
import { dataSourceOf } from "../../../functions/template/data-source.ts";
import { admissionSuite, claimsIn } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { claimOf } from "../../functions/claim/claim-of.ts";
import { installSnapshots } from "./snapshots.ts";
import type { Snapshots, SnapshotStatus } from "./snapshots.ts";
import { claimFrom, createClaim, refusalOf, review } from "./world.ts";

const JANUARY = "2026-01-31T03:00:00Z";
const FEBRUARY = "2026-02-28T03:00:00Z";
const MARCH = "2026-03-31T03:00:00Z";

const page = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

/** What its driver says of a snapshot that was cut then. */
function ready(creationTime: string): SnapshotStatus {
  return { readyToUse: true, creationTime };
}

describe("a volume that starts from a source", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let snapshots: Snapshots;

  before(async () => {
    snapshots = await installSnapshots(suite.controlPlane);
  });

  it("has a claim that names the snapshot", async () => {
    const namespace = await uniqueNamespace("named");
    await snapshots.set(namespace, "nightly", {
      readyToUse: true,
      creationTime: MARCH,
      restoreSize: "1Gi",
    });
    const { spec } = await claimFrom(
      suite,
      namespace,
      "VolumeSnapshot/nightly",
    );
    const reference = {
      apiGroup: "snapshot.storage.k8s.io",
      kind: "VolumeSnapshot",
      name: "nightly",
    };
    expect(spec?.dataSource).to.deep.equal(reference);
    expect(spec?.dataSourceRef).to.deep.equal(reference);
  });

  it("has a claim that names the claim to clone", async () => {
    const namespace = await uniqueNamespace("clone");
    await createClaim(suite, namespace, "seed");
    const { spec } = await claimFrom(
      suite,
      namespace,
      "PersistentVolumeClaim/seed",
      "2Gi",
    );
    expect(spec?.dataSource).to.deep.include({
      kind: "PersistentVolumeClaim",
      name: "seed",
    });
    expect(spec?.resources?.requests).to.deep.equal({ storage: "2Gi" });
  });

  it("works as docs/annotations.md shows", async () => {
    const namespace = await uniqueNamespace("annotations");
    const [, section = ""] = page.split(`### \`${TEMPLATE_DATA_SOURCE}\``);
    const [, manifest = ""] = /^```yaml\n([^]*?)^```/m.exec(section) ?? [];
    const labels = { app: "orders", tier: "nightly" };
    for (const [name, creationTime] of [
      ["orders-1", JANUARY],
      ["orders-2", FEBRUARY],
    ] as const) {
      const status = { readyToUse: true, creationTime, restoreSize: "20Gi" };
      await snapshots.set(namespace, name, status, labels);
    }
    const applied = await suite.controlPlane.kubectl(
      ["apply", "-n", namespace, "-f", "-"],
      { input: manifest },
    );
    expect(applied.stderr).to.equal("");
    const claims = await eventually("2 claims are there", async () => {
      const found = await claimsIn(suite, namespace);
      return found.length === 2 && found;
    });
    for (const { spec } of claims)
      expect(spec?.dataSource).to.deep.equal({
        apiGroup: "snapshot.storage.k8s.io",
        kind: "VolumeSnapshot",
        name: "orders-2",
      });
  });

  it("W6: is looked up in a dry run, which creates nothing", async () => {
    const namespace = await uniqueNamespace("dry-run");
    await snapshots.set(namespace, "nightly", { readyToUse: true });
    const source = "VolumeSnapshot/nightly";
    expect(
      await refusalOf(suite, namespace, source, { dryRun: true }),
    ).to.equal(undefined);
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
  });

  it("is the newest ready snapshot with its labels, and does not change later", async () => {
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
    // The same in pages of one.
    const api = connectApiServer(suite.controlPlane.kubeConfig, "test");
    const claim = claimOf("1Gi");
    const paged = await dataSourcesOn(api, 1).resolve(
      { ...claim, metadata: { ...claim.metadata, namespace } },
      dataSourceOf("VolumeSnapshot?app=orders"),
      performance.now() + 10_000,
    );
    expect(paged.spec.dataSource?.name).to.equal("c");
    const { spec } = await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name: first.metadata?.name ?? "",
    });
    expect(spec?.dataSource?.name).to.equal("a");
  });

  it("W2: is the same for a request that is delivered twice, although a newer snapshot exists by then", async () => {
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

  it("accepts the label selectors that the API server accepts, and no others", async () => {
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
    // To the API server an empty one selects every snapshot.
    const texts = fc.sample(selector, 400).filter((text) => text.trim() !== "");
    const differences: string[] = [];
    for (let at = 0; at < texts.length; at += 20)
      await Promise.all(
        texts.slice(at, at + 20).map(async (text) => {
          if (isLabelSelector(text) !== (await snapshots.takesSelector(text)))
            differences.push(text);
        }),
      );
    expect(differences).to.deep.equal([]);
  });
});

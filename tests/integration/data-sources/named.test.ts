import { readFileSync } from "node:fs";
import { expect } from "chai";
import { TEMPLATE_DATA_SOURCE } from "../../../functions/contract/keys.ts";
import { admissionSuite, claimsIn } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { claimFrom, createClaim, refusalOf } from "./world.ts";
import { installSnapshots } from "./snapshots.ts";
import type { Snapshots } from "./snapshots.ts";

const JANUARY = "2026-01-31T03:00:00Z";
const FEBRUARY = "2026-02-28T03:00:00Z";
const MARCH = "2026-03-31T03:00:00Z";

const page = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

describe("a volume that starts from a source", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let snapshots: Snapshots;

  before(async () => {
    snapshots = await installSnapshots(suite.controlPlane);
  });

  it("is that snapshot when it is named", async () => {
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

  it("is a clone of a claim", async () => {
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

  it("is what docs/annotations.md shows", async () => {
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

  it("W6: is looked up in a dry run, which makes nothing", async () => {
    const namespace = await uniqueNamespace("dry-run");
    await snapshots.set(namespace, "nightly", { readyToUse: true });
    expect(
      await refusalOf(suite, namespace, "VolumeSnapshot/nightly", {
        dryRun: true,
      }),
    ).to.equal(undefined);
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
  });
});

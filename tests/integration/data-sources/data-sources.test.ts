import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApiException } from "@kubernetes/client-node";
import type {
  V1PersistentVolumeClaim,
  V1PersistentVolumeClaimSpec,
} from "@kubernetes/client-node";
import { expect } from "chai";
import fc from "fast-check";
import { dataSourcesOn } from "../../../functions/claim-api/data-sources.ts";
import {
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_STORAGE,
} from "../../../functions/contract/keys.ts";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { isLabelSelector } from "../../../functions/contract/label-selector.ts";
import { dataSourceOf } from "../../../functions/template/data-source.ts";
import { claimOf as aClaim } from "../../functions/claim/claim-of.ts";
import {
  aBarePod,
  aDeployment,
  admissionSuite,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { cacheAnnotations } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { installSnapshots } from "./snapshots.ts";
import type { Snapshots, SnapshotStatus } from "./snapshots.ts";

const JANUARY = "2026-01-31T03:00:00Z";
const FEBRUARY = "2026-02-28T03:00:00Z";
const MARCH = "2026-03-31T03:00:00Z";

const SNAPSHOT = "VolumeSnapshot/nightly";
const NEWEST = "VolumeSnapshot?app=orders";
const CLONE = "PersistentVolumeClaim/seed";

const page = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

/** What its driver says of a snapshot that was cut then. */
function ready(creationTime: string): SnapshotStatus {
  return { readyToUse: true, creationTime };
}

/** Volume `cache` with this source. */
function annotationsFor(
  source: string,
  storage = "1Gi",
): Record<string, string> {
  return {
    ...cacheAnnotations,
    [TEMPLATE_STORAGE]: storage,
    [TEMPLATE_DATA_SOURCE]: source,
  };
}

/** The message about a source that cannot be used. */
function unusable(source: string, says: string): string {
  return `annotation volume-claim-template/data-source: "${source}" cannot be used: ${says}`;
}

describe("a volume that starts from a source", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let snapshots: Snapshots;

  /** Creates a Pod and returns its claim. */
  async function claimFrom(
    namespace: string,
    source: string,
    storage?: string,
  ): Promise<V1PersistentVolumeClaim> {
    const annotations = annotationsFor(source, storage);
    const pod = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod(`pod-${randomUUID()}`, { annotations }),
    });
    const name = claimOf(pod) ?? "";
    return await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name,
    });
  }

  /** Creates such a Pod; the function's message if it is rejected. */
  async function rejectionOf(
    namespace: string,
    source: string,
    dryRun = false,
  ): Promise<string | undefined> {
    try {
      await suite.core.createNamespacedPod({
        namespace,
        body: aBarePod("pod", { annotations: annotationsFor(source) }),
        ...(dryRun && { dryRun: "All" }),
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiException)) throw error;
      const { message } = JSON.parse(error.body as string) as {
        message: string;
      };
      return message.split("denied the request: ")[1];
    }
  }

  /** Creates a claim `seed` that is not ours. */
  async function createSeed(
    namespace: string,
    spec: V1PersistentVolumeClaimSpec = {},
  ): Promise<void> {
    const resources = { requests: { storage: "1Gi" } };
    await suite.core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: "seed" },
        spec: { accessModes: ["ReadWriteOnce"], resources, ...spec },
      },
    });
  }

  // This test runs first: the next ones install what is missing here.
  it("W9: is rejected on a cluster without snapshots", async () => {
    const namespace = await uniqueNamespace("no-snapshots");
    for (const source of [SNAPSHOT, NEWEST])
      expect(await rejectionOf(namespace, source)).to.equal(
        unusable(
          source,
          "this cluster has no VolumeSnapshots: the API snapshot.storage.k8s.io/v1 is not installed",
        ),
      );
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
  });

  describe("on a cluster with snapshots", () => {
    before(async () => {
      snapshots = await installSnapshots(suite.controlPlane);
    });

    const cases: [
      name: string,
      source: string,
      prepare: (namespace: string) => Promise<void>,
      says: (namespace: string) => string,
    ][] = [
      [
        "a snapshot that is in another namespace only",
        SNAPSHOT,
        async () => {
          const other = await uniqueNamespace("other");
          await snapshots.set(other, "nightly", { readyToUse: true });
        },
        (namespace) =>
          `there is no VolumeSnapshot nightly in namespace ${namespace}`,
      ],
      [
        "labels of snapshots that are not ready",
        NEWEST,
        async (namespace) => {
          const labels = { app: "orders" };
          await snapshots.set(namespace, "a", {}, labels);
          await snapshots.set(namespace, "b", { readyToUse: true }, labels);
          await snapshots.startDeletion(namespace, "b");
        },
        (namespace) =>
          `no VolumeSnapshot with these labels in namespace ${namespace} is ready to use (1 not ready, 1 being deleted)`,
      ],
      [
        "a claim that waits for its volume",
        CLONE,
        (namespace) => createSeed(namespace, { storageClassName: "nobody" }),
        () =>
          "PersistentVolumeClaim seed is Pending, and only a Bound claim can be cloned",
      ],
    ];
    for (const [name, source, prepare, says] of cases)
      it(`W9: is rejected for ${name}, and nothing is created`, async () => {
        const namespace = await uniqueNamespace("rejected");
        await prepare(namespace);
        const before = await claimsIn(suite, namespace);
        for (const dryRun of [true, false])
          expect(await rejectionOf(namespace, source, dryRun)).to.equal(
            unusable(source, says(namespace)),
          );
        expect(await claimsIn(suite, namespace)).to.have.lengthOf(
          before.length,
        );
        expect(await podsIn(suite, namespace)).to.deep.equal([]);
      });

    it("keeps a Deployment waiting, with the reason in an event, until its snapshot is ready", async () => {
      const namespace = await uniqueNamespace("not-yet");
      await snapshots.set(namespace, "nightly", { readyToUse: false });
      await suite.apps.createNamespacedDeployment({
        namespace,
        body: aDeployment("web", 2, annotationsFor(SNAPSHOT)),
      });
      const reason = unusable(
        SNAPSHOT,
        "VolumeSnapshot nightly is not ready to use yet",
      );
      await eventually("the ReplicaSet says why", async () => {
        const { items } = await suite.core.listNamespacedEvent({ namespace });
        return items.some(
          (event) =>
            event.reason === "FailedCreate" && event.message?.includes(reason),
        );
      });
      expect(await claimsIn(suite, namespace)).to.deep.equal([]);
      await snapshots.set(namespace, "nightly", { readyToUse: true });
      await eventually("2 Pods have a claim", async () => {
        const pods = await podsIn(suite, namespace);
        return pods.filter((pod) => claimOf(pod) !== undefined).length === 2;
      });
      expect(await claimsIn(suite, namespace)).to.have.lengthOf(2);
    });

    it("W6: has a claim that names the snapshot, and none after a dry run", async () => {
      const namespace = await uniqueNamespace("named");
      const status = { ...ready(MARCH), restoreSize: "1Gi" };
      await snapshots.set(namespace, "nightly", status);
      expect(await rejectionOf(namespace, SNAPSHOT, true)).to.equal(undefined);
      expect(await claimsIn(suite, namespace)).to.deep.equal([]);
      const { spec } = await claimFrom(namespace, SNAPSHOT);
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
      await createSeed(namespace, { storageClassName: "standard" });
      await eventually("the claim to clone is bound", async () => {
        const [seed] = await claimsIn(suite, namespace);
        return seed?.status?.phase === "Bound";
      });
      const { spec } = await claimFrom(namespace, CLONE, "2Gi");
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
      for (const [name, time] of [
        ["orders-1", JANUARY],
        ["orders-2", FEBRUARY],
      ] as const) {
        const status = { ...ready(time), restoreSize: "20Gi" };
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
        (await claimFrom(namespace, `VolumeSnapshot?${selector}`)).spec
          ?.dataSource?.name;
      const first = await claimFrom(namespace, NEWEST);
      expect(first.spec?.dataSource?.name).to.equal("a");
      expect(
        await nameFrom("app in (orders, none), tier!=weekly, !draft"),
      ).to.equal("a");
      expect(await nameFrom("app")).to.equal("d");

      await snapshots.set(namespace, "c", ready(MARCH), orders);
      expect(await nameFrom("app=orders")).to.equal("c");
      // The same in pages of one.
      const api = connectApiServer(suite.controlPlane.kubeConfig, "test");
      const claim = aClaim("1Gi");
      const paged = await dataSourcesOn(api, 1).resolve(
        { ...claim, metadata: { ...claim.metadata, namespace } },
        dataSourceOf(NEWEST),
        performance.now() + 10_000,
      );
      expect(paged.spec.dataSource?.name).to.equal("c");
      const { spec } = await suite.core.readNamespacedPersistentVolumeClaim({
        namespace,
        name: first.metadata?.name ?? "",
      });
      expect(spec?.dataSource?.name).to.equal("a");
    });

    it("accepts the label selectors that the API server accepts, and no others", async () => {
      const part = fc.oneof(
        { arbitrary: fc.constantFrom("app", "tier", "in", "notin"), weight: 4 },
        fc.constantFrom("=", "==", "!=", "!", ",", "(", ")", "<", ">", "a/b"),
        fc.constantFrom(" ", " in (", " notin (", ")", ",", "7", "-", "é"),
        fc.constantFrom(" in ()", " in (,)", " notin (a,,b,)", " in (a b)"),
      );
      const requirement = fc.constantFrom(
        ..."app=orders|tier in (a,b)|!draft|size>7|a.b/c|app= ".split("|"),
      );
      const parts = fc.array(part, { maxLength: 8 });
      const requirements = fc.array(
        fc.oneof({ arbitrary: requirement, weight: 6 }, part),
        { minLength: 1, maxLength: 4 },
      );
      const selector = fc.oneof(
        parts.map((all) => all.join("")),
        requirements.map((all) => all.join(",")),
      );
      // To the API server an empty one selects every snapshot.
      const texts = fc
        .sample(selector, 400)
        .filter((text) => text.trim() !== "");
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
});

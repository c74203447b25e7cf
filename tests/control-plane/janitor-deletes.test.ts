import { randomBytes } from "node:crypto";
import { CoreV1Api, EventsV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { hasFailures, outcomesOf } from "../../janitor/outcome.ts";
import { startApiProxy } from "../support/api-proxy.ts";
import type { ApiProxy } from "../support/api-proxy.ts";
import type { ProxiedRequest } from "../support/fault.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { createNamespace } from "./cluster-objects.ts";
import type { ControlPlane } from "./control-plane.ts";
import {
  claimsIn,
  createClaim,
  createClaims,
  createPod,
  deletePod,
  janitorControlPlane,
  patchClaim,
  reasonsOf,
  sweepOn,
} from "./janitor-world.ts";

const MARK = "volume-claim/unused-since";

function isDelete({ method }: ProxiedRequest): boolean {
  return method === "DELETE";
}

describe("the janitor's deletes on a real API server", function () {
  this.timeout(20_000);
  let controlPlane: ControlPlane;
  let core: CoreV1Api;
  let proxy: ApiProxy;
  let kubeconfig: string;
  let namespace: string;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await janitorControlPlane();
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    proxy = await startApiProxy(controlPlane);
    kubeconfig = proxy.kubeconfigFor(controlPlane.adminToken);
  });
  beforeEach(async () => {
    namespace = `deletes-${randomBytes(4).toString("hex")}`;
    await createNamespace(controlPlane.kubeConfig, namespace);
  });
  afterEach(() => proxy?.reset());
  after(() => proxy?.stop());

  const names = async (): Promise<string[]> => [
    ...(await claimsIn(controlPlane, namespace)).keys(),
  ];

  it("deletes what no Pod uses, and writes an Event about it", async () => {
    const [used = "", unused = ""] = await createClaims(
      controlPlane,
      namespace,
      2,
    );
    await createPod(controlPlane, namespace, "web-1", used);
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({
      [used]: "in-use",
      [unused]: "unused",
    });
    expect(report.lostEvents).to.equal(0);
    expect(await names()).to.deep.equal([used]);
    const { items } = await controlPlane.kubeConfig
      .makeApiClient(EventsV1Api)
      .listNamespacedEvent({ namespace });
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({
      reason: "ClaimDeleted",
      type: "Normal",
    });
    expect(items[0]?.regarding).to.deep.include({
      kind: "PersistentVolumeClaim",
      name: unused,
      namespace,
    });
    expect(items[0]?.note).to.match(
      /^Deleted the claim: no Pod names it, \d+s old$/,
    );
  });

  it("J2 keeps a claim that is younger than the grace period", async () => {
    const claim = await createClaim(controlPlane, namespace);
    const report = await sweepOn(kubeconfig, namespace, {
      gracePeriodMs: 120_000,
    });
    expect(reasonsOf(report)).to.deep.equal({
      [claim.name]: "younger-than-grace",
    });
    expect(await names()).to.deep.equal([claim.name]);
  });

  it("J3 J4 J5 keeps the claims of Pods that wait, have finished or are Terminating", async () => {
    const [waiting = "", finished = "", terminating = ""] = await createClaims(
      controlPlane,
      namespace,
      3,
    );
    await createPod(controlPlane, namespace, "waiting", waiting);
    await createPod(controlPlane, namespace, "finished", finished);
    await core.patchNamespacedPodStatus({
      namespace,
      name: "finished",
      body: [{ op: "replace", path: "/status/phase", value: "Succeeded" }],
    });
    await createPod(controlPlane, namespace, "terminating", terminating, {
      finalizers: ["example.com/dead-node"],
    });
    await deletePod(controlPlane, namespace, "terminating");
    const report = await sweepOn(kubeconfig, namespace);
    expect(
      outcomesOf(report).map(({ decision }) => decision.why),
    ).to.have.members([
      "used by Pod waiting (Pending, no node yet)",
      "used by Pod finished (Succeeded, no node yet)",
      "used by Pod terminating (Pending, no node yet, Terminating)",
    ]);
    expect(await names()).to.have.length(3);
  });

  it("J6 keeps what is mounted by hand, has an ephemeral volume's name or is held", async () => {
    const [byHand = "", ephemeral = ""] = await createClaims(
      controlPlane,
      namespace,
      2,
    );
    const held = await createClaim(controlPlane, namespace, {
      annotations: { "volume-claim/hold": "true" },
    });
    await createPod(controlPlane, namespace, "debug", byHand, { byHand: true });
    const [volume = "", ...pod] = ephemeral.split("-").toReversed();
    await createPod(
      controlPlane,
      namespace,
      pod.toReversed().join("-"),
      ephemeral,
      {
        byHand: true,
        volume: {
          name: volume,
          ephemeral: {
            volumeClaimTemplate: {
              spec: {
                accessModes: ["ReadWriteOnce"],
                resources: { requests: { storage: "1Mi" } },
              },
            },
          },
        },
      },
    );
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({
      [byHand]: "in-use",
      [ephemeral]: "in-use",
      [held.name]: "held",
    });
    expect(await names()).to.have.length(3);
  });

  it("J10 spares a claim that was made anew under its name right before the delete arrives", async () => {
    const claim = await createClaim(controlPlane, namespace);
    let another = "";
    proxy.intercept(isDelete, {
      before: async () => {
        const { name } = claim;
        const old = (await claimsIn(controlPlane, namespace)).get(name);
        await core.deleteNamespacedPersistentVolumeClaim({ namespace, name });
        const labels = old?.metadata?.labels ?? {};
        const annotations = old?.metadata?.annotations ?? {};
        another = (
          await createClaim(controlPlane, namespace, {
            name,
            labels,
            annotations,
          })
        ).uid;
      },
    });
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({
      [claim.name]: "changed-meanwhile",
    });
    expect(hasFailures(report)).to.equal(false);
    const left = (await claimsIn(controlPlane, namespace)).get(claim.name);
    expect(left?.metadata?.uid).to.equal(another);
    expect(another).not.to.equal(claim.uid);
  });

  it("J10 spares a claim that is held right before the delete arrives, and misses none that is gone", async () => {
    const [held = "", gone = ""] = await createClaims(
      controlPlane,
      namespace,
      2,
    );
    proxy.intercept(
      (request) => isDelete(request) && request.path.endsWith(held),
      {
        before: () =>
          patchClaim(controlPlane, namespace, held, {
            annotations: { "volume-claim/hold": "true" },
          }),
      },
    );
    proxy.intercept(
      (request) => isDelete(request) && request.path.endsWith(gone),
      {
        before: () =>
          core.deleteNamespacedPersistentVolumeClaim({ namespace, name: gone }),
      },
    );
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({
      [held]: "changed-meanwhile",
      [gone]: "gone-already",
    });
    expect(await names()).to.deep.equal([held]);
  });

  it("J9 knows of a delete whose answer was lost", async () => {
    const claim = await createClaim(controlPlane, namespace);
    proxy.intercept(isDelete, { resetAfterWrite: true }, 1);
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "unused" });
    expect(hasFailures(report)).to.equal(false);
    expect(await names()).to.deep.equal([]);
  });

  it("J11 two sweeps at once delete everything once, and nothing that is used", async () => {
    const [used = ""] = await createClaims(controlPlane, namespace, 11);
    await createPod(controlPlane, namespace, "web-1", used);
    const reports = await Promise.all([
      sweepOn(kubeconfig, namespace, { concurrency: 2 }),
      sweepOn(kubeconfig, namespace, { concurrency: 3 }),
    ]);
    expect(await names()).to.deep.equal([used]);
    expect(reports.map(hasFailures)).to.deep.equal([false, false]);
    const deleted = proxy.requests.filter(
      (request) => isDelete(request) && request.status === 200,
    );
    expect(deleted).to.have.length(10);
  });

  it("J13 keeps a claim whose volume is being made", async () => {
    const claim = await createClaim(controlPlane, namespace, {
      annotations: { "volume.kubernetes.io/selected-node": "node-1" },
    });
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "provisioning" });
    expect(await names()).to.deep.equal([claim.name]);
  });

  it("J15 reports a claim stuck Terminating, and leaves its finalizers alone", async () => {
    const finalizers = ["example.com/backup"];
    const claim = await createClaim(controlPlane, namespace, { finalizers });
    const { name } = claim;
    await core.deleteNamespacedPersistentVolumeClaim({ namespace, name });
    const [outcome] = outcomesOf(await sweepOn(kubeconfig, namespace));
    expect(outcome?.decision.reason).to.equal("terminating");
    expect(outcome?.decision.why).to.match(/example\.com\/backup$/);
    const left = (await claimsIn(controlPlane, namespace)).get(name);
    expect(left?.metadata?.finalizers).to.deep.equal(finalizers);
    expect(proxy.requests.every(({ method }) => method === "GET")).to.equal(
      true,
    );
  });

  it("J16 only looks at a namespace that is Terminating", async () => {
    const claim = await createClaim(controlPlane, namespace);
    await core.deleteNamespace({ name: namespace });
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({
      [claim.name]: "namespace-terminating",
    });
    expect(hasFailures(report)).to.equal(false);
    expect(proxy.requests.every(({ method }) => method === "GET")).to.equal(
      true,
    );
    expect(await names()).to.deep.equal([claim.name]);
  });

  it("J17 deletes a claim whose owner is a Pod that is gone, though no garbage collector runs", async () => {
    const claim = await createClaim(controlPlane, namespace, {
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "Pod",
          name: "gone",
          uid: "2b7a6c1e-0000-4000-8000-000000000000",
        },
      ],
    });
    const report = await sweepOn(kubeconfig, namespace);
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "unused" });
    expect(await names()).to.deep.equal([]);
  });

  it("J19 leaves claims alone that carry our labels and are not ours", async () => {
    const named = await createClaim(controlPlane, namespace, {
      name: "data-postgres-0",
    });
    const owned = await createClaim(controlPlane, namespace, {
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          name: "postgres",
          uid: "2b7a6c1e-0000-4000-8000-000000000001",
          controller: true,
        },
      ],
    });
    const foreign = await createClaim(controlPlane, namespace, {
      labels: { "app.kubernetes.io/managed-by": "another" },
    });
    const report = await sweepOn(kubeconfig, namespace, {
      selector: "managed=true",
    });
    expect(reasonsOf(report)).to.deep.equal({
      [named.name]: "not-ours",
      [owned.name]: "foreign-controller",
      [foreign.name]: "not-ours",
    });
    expect(await names()).to.have.length(3);
  });

  it("J20 survives a list of Pods that is empty by mistake", async () => {
    const all = await createClaims(controlPlane, namespace, 12);
    await Promise.all(
      all.map((name, index) =>
        createPod(controlPlane, namespace, `web-${index}`, name),
      ),
    );
    proxy.intercept(({ path }) => path.endsWith("/pods"), {
      rewrite: (body) => ({ ...(body as object), items: [] }),
    });
    expect(
      new Set(Object.values(reasonsOf(await sweepOn(kubeconfig, namespace)))),
    ).to.deep.equal(new Set(["bulk-first-run"]));
    proxy.reset();
    await sweepOn(kubeconfig, namespace);
    const left = [...(await claimsIn(controlPlane, namespace)).values()];
    expect(left).to.have.length(12);
    expect(
      left.filter(({ metadata }) => metadata?.annotations?.[MARK]),
    ).to.deep.equal([]);
  });

  it("J20 deletes what a real scale to zero leaves in the second run", async () => {
    await createClaims(controlPlane, namespace, 12);
    await sweepOn(kubeconfig, namespace);
    const beside = await sweepOn(kubeconfig, namespace);
    expect(new Set(Object.values(reasonsOf(beside)))).to.deep.equal(
      new Set(["marked-just-now"]),
    );
    await sweepOn(kubeconfig, namespace, { concurrency: 3, laterMs: 60_000 });
    expect(await names()).to.deep.equal([]);
  });

  it("dry run: changes nothing, down to the resourceVersions", async () => {
    const [used = ""] = await createClaims(controlPlane, namespace, 3);
    await patchClaim(controlPlane, namespace, used, {
      annotations: { "pv.kubernetes.io/bind-completed": "yes" },
    });
    await createPod(controlPlane, namespace, "web-1", used, {
      nodeName: "node-1",
    });
    const versions = async (): Promise<unknown[]> =>
      [...(await claimsIn(controlPlane, namespace)).values()].map(
        ({ metadata }) => [metadata?.name, metadata?.resourceVersion],
      );
    const before = await versions();
    const report = await sweepOn(kubeconfig, namespace, { dryRun: true });
    expect(Object.values(reasonsOf(report)).toSorted()).to.deep.equal([
      "in-use",
      "unused",
      "unused",
    ]);
    expect(
      outcomesOf(report).some(({ owners }) => owners === "adopt"),
    ).to.equal(true);
    expect(await versions()).to.deep.equal(before);
    expect(proxy.requests.every(({ method }) => method === "GET")).to.equal(
      true,
    );
  });
});

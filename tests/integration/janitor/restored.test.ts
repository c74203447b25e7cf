import { expect } from "chai";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import { IDLE_TTL, RETENTION } from "../life-cycle/world.ts";
import { janitorAlone } from "./suite.ts";
import { reasonsOf, sweepOn } from "./runs.ts";
import { claimsIn, createPod, deletePod } from "./world.ts";

const HOUR_MS = 3_600_000;
const REQUESTED_AT = "volume-claim/requested-at";
const USED_AS = "volume-claim/used-as";

/** A claim as a tool brings it back: what the cluster gave it is gone, what people and programs wrote is there. */
function exported({
  metadata,
  spec,
}: V1PersistentVolumeClaim): V1PersistentVolumeClaim {
  return {
    metadata: {
      ...(metadata?.name && { name: metadata.name }),
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: {
        ...metadata?.annotations,
        // As if it had been made an hour and a minute and a half ago.
        [REQUESTED_AT]: new Date(Date.now() - HOUR_MS - 90_000).toISOString(),
      },
    },
    ...(spec && { spec }),
  };
}

describe("the janitor and claims that were restored or copied, on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("restored");

  /** Exports a claim, deletes it, and brings it back with this in addition. */
  async function restored(
    {
      labels = {},
      annotations = {},
    }: {
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
    } = {},
    {
      namespace = suite.namespace,
      from,
    }: { namespace?: string; from?: string } = {},
  ): Promise<string> {
    const name = from ?? (await suite.createClaim({ annotations })).name;
    const claim = await suite.claimNamed(name);
    expect(claim?.metadata?.annotations).to.include.keys(REQUESTED_AT);
    const body = exported(claim ?? {});
    if (namespace === suite.namespace) {
      await suite.core.deleteNamespacedPersistentVolumeClaim({
        namespace,
        name,
      });
    }
    await suite.core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        ...body,
        metadata: {
          ...body.metadata,
          labels: { ...body.metadata?.labels, ...labels },
        },
      },
    });
    return name;
  }

  for (const [how, labels] of [
    ["as it was", {}],
    ["with a label of the tool", { "velero.io/restore-name": "nightly" }],
  ] as const)
    it(`keeps a claim that came back ${how}, sweep after sweep, and says what to do`, async () => {
      const name = await restored({ labels });
      for (const laterMs of [0, HOUR_MS, 100 * HOUR_MS]) {
        const report = await suite.sweep({ laterMs });
        expect(reasonsOf(report)).to.deep.equal({ [name]: "restored" });
        expect(outcomesOf(report)[0]?.decision.why).to.equal(
          `no Pod names it; created 61m after the request for it, so it was restored or copied. It stays until a sweep has seen the Pod that it was made for: start the workload that uses it, or delete it with kubectl delete persistentvolumeclaim --namespace ${suite.namespace} ${name}`,
        );
      }
      expect(await suite.names()).to.deep.equal([name]);
    });

  it("keeps a claim that was copied into another namespace, and deletes the original as ever", async () => {
    const { name } = await suite.createClaim();
    const other = `${suite.namespace}-copy`;
    await createNamespace(suite.controlPlane.kubeConfig, other);
    await restored({}, { namespace: other, from: name });
    const report = await suite.sweep({
      namespaces: [suite.namespace, other],
      laterMs: HOUR_MS,
    });
    expect(
      outcomesOf(report).map(({ claim, decision }) => [
        claim.namespace,
        decision.reason,
      ]),
    ).to.deep.equal([
      [suite.namespace, "unused"],
      [other, "restored"],
    ]);
    expect([
      ...(await claimsIn(suite.controlPlane, other)).keys(),
    ]).to.deep.equal([name]);
  });

  it("deletes it as usual when the Pod that it was made for was seen and is gone, and keeps it when it is restored once more", async () => {
    const name = await restored();
    await suite.createPod("web-1", name);
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [name]: "in-use" });
    const used = await suite.claimNamed(name);
    expect(used?.metadata?.annotations?.[USED_AS]).to.equal(
      used?.metadata?.uid,
    );
    // A backup of it that is taken now carries the mark, and the copy has another uid.
    const other = `${suite.namespace}-again`;
    await createNamespace(suite.controlPlane.kubeConfig, other);
    await restored({}, { namespace: other, from: name });
    await suite.deletePod("web-1");
    const report = await suite.sweep({ namespaces: [suite.namespace, other] });
    expect(
      outcomesOf(report).map(({ decision }) => decision.reason),
    ).to.deep.equal(["unused", "restored"]);
    expect(await suite.names()).to.deep.equal([]);
  });

  it("is not deceived by a Pod of a tool that fills the claim and goes", async () => {
    const name = await restored();
    await suite.createPod("mover", name, { byHand: true });
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [name]: "in-use" });
    await suite.deletePod("mover");
    expect(reasonsOf(await suite.sweep())).to.deep.equal({
      [name]: "restored",
    });
    expect(await suite.names()).to.deep.equal([name]);
  });

  it("makes the Pod its owner in the sweep after the one that sees it first", async () => {
    const name = await restored({
      annotations: { "pv.kubernetes.io/bind-completed": "yes" },
    });
    await suite.createPod("web-1", name, { nodeName: "node-1" });
    const owners = async (): Promise<(string | undefined)[]> =>
      ((await suite.claimNamed(name))?.metadata?.ownerReferences ?? []).map(
        (owner) => owner.name,
      );
    await suite.sweep();
    expect(await owners()).to.deep.equal([]);
    await suite.sweep();
    expect(await owners()).to.deep.equal(["web-1"]);
  });

  it("does not let the idle time of a retained claim begin before a Pod of it was seen", async () => {
    const name = await restored({
      annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "1h" },
    });
    for (const laterMs of [0, 2 * HOUR_MS])
      expect(reasonsOf(await suite.sweep({ laterMs }))).to.deep.equal({
        [name]: "restored",
      });
    await suite.createPod("web-1", name);
    await suite.sweep();
    await suite.deletePod("web-1");
    expect(reasonsOf(await suite.sweep())).to.deep.equal({
      [name]: "idle-first-run",
    });
    expect(
      reasonsOf(await suite.sweep({ laterMs: 2 * HOUR_MS })),
    ).to.deep.equal({ [name]: "idle-too-long" });
  });

  it("keeps a claim of a version that wrote no time, and learns at the first sweep which are in use", async () => {
    const [used = "", unused = ""] = await suite.createClaims(2);
    for (const name of [used, unused])
      await suite.patchClaim(name, { annotations: { [REQUESTED_AT]: null } });
    await createPod(suite.controlPlane, suite.namespace, "web-1", used);
    expect(reasonsOf(await suite.sweep({ laterMs: HOUR_MS }))).to.deep.equal({
      [used]: "in-use",
      [unused]: "unknown-request-time",
    });
    await deletePod(suite.controlPlane, suite.namespace, "web-1");
    expect(reasonsOf(await suite.sweep({ laterMs: HOUR_MS }))).to.deep.equal({
      [used]: "unused",
      [unused]: "unknown-request-time",
    });
  });

  it("writes nothing of it in a dry run", async () => {
    const name = await restored();
    await suite.createPod("web-1", name);
    const before = await suite.claimNamed(name);
    await sweepOn(suite.kubeconfig, suite.namespace, { dryRun: true });
    expect((await suite.claimNamed(name))?.metadata?.resourceVersion).to.equal(
      before?.metadata?.resourceVersion,
    );
  });
});

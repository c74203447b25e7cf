import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../../functions/contract/keys.ts";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { IDLE_TTL, reasonsOf, RETENTION } from "./runs.ts";
import { BOUND, janitorAlone } from "./suite.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const REQUESTED_AT = "volume-claim/requested-at";
const USED_AS = "volume-claim/used-as";
const CLAIMS = "persistentvolumeclaims";

function isList({ method, path }: ProxiedRequest): boolean {
  return method === "GET" && /\/(pods|persistentvolumeclaims)$/.test(path);
}

describe("what the janitor reads and decides on a real API server", function () {
  this.timeout(30_000);
  const suite = janitorAlone("decides");

  it("asks for what is true now or not older, for claims with our labels as metadata only, and sees all pages", async () => {
    const names = await suite.createClaims(5);
    const used = names.slice(0, 3);
    for (const name of used) await suite.createPod(`pod-of-${name}`, name);
    const report = await suite.sweep({ pageSize: 2 });
    expect(await suite.names()).to.have.members(used);
    expect([...outcomesOf(report)]).to.have.length(5);
    const lists = suite.proxy.requests.filter(isList);
    expect(lists.length).to.be.at.least(3 + 3 + 2);
    for (const { query } of lists)
      // 0 would be any state, however old.
      if (query.has("resourceVersion")) {
        expect(query.get("resourceVersionMatch")).to.equal("NotOlderThan");
        expect(Number(query.get("resourceVersion"))).to.be.above(1);
      }
    for (const { path, accept, query } of lists)
      if (path.endsWith(CLAIMS))
        expect(accept).to.equal(
          query.has("labelSelector") || query.get("limit") === "1"
            ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            : "application/json",
        );
  });

  it("J7 starts the list again when its token has really expired", async () => {
    const names = await suite.createClaims(3);
    // Old revisions are dropped each second, those of up to a second before; something has to be written meanwhile.
    const slow = suite.proxy.intercept(
      ({ path, query }) => path.endsWith(CLAIMS) && query.has("continue"),
      {
        before: async () => {
          for (const size of ["2", "3", "4", "5"])
            await suite.patchClaim(names[0] ?? "", { labels: { size } });
        },
        delayMs: 3_500,
      },
      1,
    );
    const report = await suite.sweep({ pageSize: 2 });
    expect(slow.hits).to.equal(1);
    expect(
      suite.proxy.requests.filter(
        ({ upstreamStatus }) => upstreamStatus === 410,
      ),
    ).to.have.length(1);
    expect([...outcomesOf(report)]).to.have.length(3);
    expect(await suite.names()).to.deep.equal([]);
  });

  it("J7 lists the current state of the Pods when the API server does not have the one that it was asked for", async () => {
    const [used = "", unused = ""] = await suite.createClaims(2);
    await suite.createPod("web-1", used);
    const early = suite.proxy.intercept(
      ({ path, query }) => path.endsWith("/pods") && query.get("limit") === "1",
      { rewrite: () => ({ metadata: { resourceVersion: "999999999999" } }) },
      1,
    );
    const report = await suite.sweep();
    expect(early.hits).to.equal(1);
    expect(
      suite.proxy.requests.filter(
        ({ upstreamStatus }) => upstreamStatus === 504,
      ),
    ).to.have.length(1);
    expect(reasonsOf(report)).to.deep.equal({
      [used]: "in-use",
      [unused]: "unused",
    });
  });

  // with-controllers.test.ts has Pods that wait, are Terminating or use a claim by hand; life-cycle and examples have finished ones.
  it("J6 keeps the claim of an ephemeral volume", async () => {
    const claim = await suite.createClaim();
    const [name = "", ...parts] = claim.split("-").toReversed();
    const pod = parts.toReversed().join("-");
    const spec = {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Mi" } },
    };
    await suite.createPod(pod, claim, {
      volume: { name, ephemeral: { volumeClaimTemplate: { spec } } },
    });
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome?.decision.why).to.equal(
      `used by Pod ${pod} (Pending, no node yet)`,
    );
    expect(await suite.names()).to.deep.equal([claim]);
  });

  it("J16 only reads in a namespace that is Terminating", async () => {
    const claim = await suite.createClaim();
    await suite.core.deleteNamespace({ name: suite.namespace });
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [claim]: "namespace-terminating",
    });
    expect(hasFailures(report)).to.equal(false);
    const methods = suite.proxy.requests.map(({ method }) => method);
    expect(new Set(methods)).to.deep.equal(new Set(["GET"]));
  });

  it("keeps and releases the source of a clone until the clone is Bound", async () => {
    const source = await suite.createClaim({ annotations: BOUND });
    await suite.createPod("web-1", source, { spec: { nodeName: "node-1" } });
    await suite.sweep();
    expect(await suite.ownersOf(source)).to.deep.equal(["web-1"]);
    const { core, namespace } = suite;
    const clone = await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: "clone" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
          dataSource: { kind: "PersistentVolumeClaim", name: source },
        },
      },
    });
    await suite.sweep();
    expect(await suite.ownersOf(source)).to.deep.equal([]);
    await suite.deletePod("web-1");
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome?.decision).to.include({
      reason: "source-of-clone",
      why: "the volume of clone is still to be copied from it",
    });
    await core.replaceNamespacedPersistentVolumeClaimStatus({
      namespace,
      name: "clone",
      body: { ...clone, status: { phase: "Bound" } },
    });
    expect(await suite.reasons()).to.deep.equal({ [source]: "unused" });
    expect(await suite.names()).to.deep.equal(["clone"]);
  });

  it("J12 Retain with idle-ttl: deletes after that time without a Pod, whatever a person writes into the mark", async () => {
    const retain = { [RETENTION]: "Retain", [IDLE_TTL]: "1h" };
    const claim = await suite.createClaim({ annotations: retain });
    for (const mark of [
      "2020-01-01T00:00:00Z",
      "2120-01-01T00:00:00Z",
      "a while ago",
    ]) {
      await suite.annotate(claim, `${UNUSED_SINCE_ANNOTATION}=${mark}`);
      expect(await suite.reasons()).to.deep.equal({
        [claim]: "idle-first-run",
      });
    }
    const { annotations } = await suite.metadataOf(claim);
    const mark = Date.parse(annotations?.[UNUSED_SINCE_ANNOTATION] ?? "");
    expect(Date.now() - mark).to.be.within(0, 10_000);
    expect(await suite.reasons({ laterMs: HOUR - MINUTE })).to.deep.equal({
      [claim]: "idle",
    });
    await suite.createPod("debug", claim, { byHand: true });
    expect(await suite.reasons()).to.deep.equal({ [claim]: "in-use" });
    expect((await suite.metadataOf(claim)).annotations).not.to.have.property(
      UNUSED_SINCE_ANNOTATION,
    );
    await suite.deletePod("debug");
    expect(await suite.reasons()).to.deep.equal({ [claim]: "idle-first-run" });
    expect(await suite.reasons({ laterMs: HOUR + MINUTE })).to.deep.equal({
      [claim]: "idle-too-long",
    });
    expect(await suite.names()).to.deep.equal([]);
  });

  /**
   * Brings a claim back as a backup does, into its own namespace or another: what the cluster gave it is gone, and its annotations are as
   * if the request for it had been an hour and a minute and a half ago.
   */
  async function restore(
    name: string,
    namespace = suite.namespace,
  ): Promise<string> {
    const { metadata, spec } = (await suite.claimNamed(name)) ?? {};
    expect(metadata?.annotations).to.include.keys(REQUESTED_AT);
    if (namespace === suite.namespace) await suite.deleteClaim(name);
    await suite.core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: {
          name,
          labels: { ...metadata?.labels, "velero.io/restore-name": "nightly" },
          annotations: {
            ...metadata?.annotations,
            [REQUESTED_AT]: new Date(Date.now() - HOUR - 90_000).toISOString(),
          },
        },
        ...(spec && { spec }),
      },
    });
    return name;
  }

  it("keeps a restored claim until the Pod that it was made for was seen and is gone, and keeps a copy in another namespace", async () => {
    const name = await restore(await suite.createClaim());
    expect(await suite.reasons()).to.deep.equal({ [name]: "restored" });
    await suite.createPod("web-1", name);
    expect(await suite.reasons()).to.deep.equal({ [name]: "in-use" });
    const { annotations, uid } = await suite.metadataOf(name);
    expect(annotations?.[USED_AS]).to.equal(uid);
    // The copy has this mark, too, and another uid.
    const other = await suite.createNamespace("copy");
    await restore(name, other);
    await suite.deletePod("web-1");
    const here = await suite.sweep();
    expect(reasonsOf(here)).to.deep.equal({ [name]: "unused" });
    const there = await suite.sweep({ namespaces: [other] });
    expect(reasonsOf(there)).to.deep.equal({ [name]: "restored" });
    expect(await suite.names()).to.deep.equal([]);
    expect(await suite.names(other)).to.deep.equal([name]);
  });
});

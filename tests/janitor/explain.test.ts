import { expect } from "chai";
import { explain } from "../../janitor/explain.ts";
import { fakeCluster } from "./fake-cluster.ts";
import { aClaim, HOUR, MINUTE, NOW, podOf } from "./objects.ts";
import { aSet, itemOf, leaseAt, markedAt } from "./reuse.ts";
import { writesOf } from "./sweep-run.ts";

const set = aSet(2, {
  createdAt: NOW - HOUR,
  annotations: {
    ...markedAt(NOW - 10 * MINUTE),
    ...leaseAt(NOW - 20 * MINUTE),
    "volume-claim/uses": "3",
  },
});
const [leader, second] = [itemOf(set, 0).name, itemOf(set, 1).name];

describe("explain", () => {
  it("prints pool, set, lease, uses, marks, Pods, clones and verdict of a claim, and writes nothing", async () => {
    const cluster = fakeCluster({
      claims: [...set, aClaim({ name: "copy" })],
      pods: {
        shop: [
          podOf(itemOf(set, 1), "job-1", {
            phase: "Succeeded",
          }),
        ],
      },
    });
    cluster.sources["copy"] = leader;
    const text = await explain(
      { namespace: "shop", name: second },
      cluster,
      5 * MINUTE,
    );
    expect(text?.split("\n")).to.deep.equal([
      `claim:        shop/${second}`,
      "volume:       cache",
      "age:          60m",
      "pool:         p",
      `set:          ${leader}: ${leader} (first), ${second}`,
      "volumes:      none",
      "lease:        of request a-request, ended 19m ago",
      "uses:         3",
      "unused since: 2030-01-01T11:50:00.000Z",
      "quarantine:   none",
      "found now:    nothing",
      "nodes:        not known",
      "node uids:    not known",
      `Pods:         none, of claim ${leader}`,
      `clones:       copy, of claim ${leader}`,
      `Pods:         Pod job-1 (Succeeded), of claim ${second}`,
      "verdict:      keep (source-of-clone)",
      `why:          claim ${leader} of its set: the volume of copy is still to be copied from it`,
      "",
    ]);
    expect(writesOf(cluster)).to.deep.equal([]);
  });

  it("says why a set is in quarantine, and what a sweep would find now", async () => {
    const cluster = fakeCluster({
      claims: aSet(1, {
        annotations: {
          "volume-claim/quarantine": "look at it",
          "volume-claim/node-uids": '{"node-1":"uid-1"}',
        },
      }),
      pods: { shop: [podOf(itemOf(set, 0), "debug", { labels: {} })] },
    });
    cluster.volumes[leader] = "pv-1";
    cluster.nodes = {
      affinities: new Map([["pv-1", []]]),
      nodes: new Map(),
      attachments: [],
    };
    const text = await explain(
      { namespace: "shop", name: leader },
      cluster,
      5 * MINUTE,
    );
    expect(text).to.match(/^volumes: +pv-1$/m);
    expect(text).to.match(/^quarantine: +look at it$/m);
    expect(text).to.match(
      /^found now: +the janitor found it mounted by hand: Pod debug$/m,
    );
    expect(text).to.match(/^node uids: +\{"node-1":"uid-1"\}$/m);
  });

  it("prints no pool for a claim that is not reused, and nothing for one that is not there", async () => {
    const claim = aClaim();
    const cluster = fakeCluster({ claims: [claim] });
    const ask = (name: string): Promise<string | undefined> =>
      explain({ namespace: "shop", name }, cluster, 0);
    expect(await ask(claim.name)).to.match(/^verdict: +delete \(unused\)$/m);
    expect(await ask(claim.name)).not.to.include("pool");
    expect(await ask("other")).to.equal(undefined);
  });
});

import { expect } from "chai";
import type { ClaimMetadata } from "../../janitor/verdict/claim-metadata.ts";
import { fakeCluster, touched } from "./fake-cluster.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import { claims, HOUR, MINUTE, NOW, ownedBy, podOf } from "./objects.ts";
import {
  ABOUT_TO_DELETE,
  aSet,
  DELETION_ENDED,
  itemOf,
  leaseAt,
  markedAt,
} from "./reuse.ts";
import {
  callsOf,
  lost,
  reasons,
  run,
  unavailable,
  writesOf,
} from "./sweep-run.ts";

const DAY = 24 * HOUR;

/** Idle for longer than its pool allows. */
const old = { createdAt: NOW - 9 * DAY, annotations: markedAt(NOW - 8 * DAY) };
const quarantined = {
  ...old,
  annotations: {
    ...old.annotations,
    "volume-claim/quarantine": ABOUT_TO_DELETE,
  },
};

const [leader, second] = aSet(2, old) as [ClaimMetadata, ClaimMetadata];

/** Sweeps, and gives what was written: method and `L` or `S` for the leader or the second claim. */
async function sweepOnce(cluster: FakeCluster): Promise<string[]> {
  const before = cluster.calls.length;
  await run(cluster);
  return cluster.calls
    .slice(before)
    .filter((call) => /^(delete|patch|adopt)/.test(call))
    .map((call) =>
      call.replace(/ .*/, call.endsWith(leader.name) ? " L" : " S"),
    );
}

function annotationsOf(cluster: FakeCluster): Record<string, string> {
  return itemOf(cluster.claims, 0).annotations;
}

describe("sweeps of sets", () => {
  it("mark the leader, put it into quarantine, delete the other claim, and the leader last", async () => {
    const cluster = fakeCluster({
      claims: aSet(2, { createdAt: NOW - 9 * DAY }),
    });
    expect(await sweepOnce(cluster)).to.deep.equal(["patchClaim L"]);
    cluster.serverTime = NOW + 8 * DAY;
    expect(await sweepOnce(cluster)).to.deep.equal(["patchClaim L"]);
    expect(annotationsOf(cluster)).to.include({
      "volume-claim/quarantine": ABOUT_TO_DELETE,
    });
    expect(await sweepOnce(cluster)).to.deep.equal([
      "patchClaim L",
      "deleteClaim S",
    ]);
    expect(await sweepOnce(cluster)).to.deep.equal(["deleteClaim L"]);
    expect(cluster.claims).to.deep.equal([]);
  });

  const rescues: [
    what: string,
    rescue: (cluster: FakeCluster) => void,
    reason: string,
  ][] = [
    [
      "a lease",
      ({ claims: all }) => {
        const one = itemOf(all, 0);
        all[0] = touched({
          ...one,
          annotations: { ...one.annotations, ...leaseAt(NOW) },
        });
      },
      "leased",
    ],
    [
      "a Pod of the second claim",
      ({ pods }) => {
        pods["shop"] = [podOf(second)];
      },
      "in-use",
    ],
    [
      "a longer idle-ttl",
      ({ claims: all }) => {
        const one = itemOf(all, 1);
        all[1] = touched({
          ...one,
          annotations: {
            ...one.annotations,
            "volume-claim-template/idle-ttl": "90d",
          },
        });
      },
      "idle",
    ],
  ];
  for (const [what, rescue, reason] of rescues) {
    it(`keep a set in quarantine that gets ${what}, and end the quarantine a minute later`, async () => {
      const cluster = fakeCluster({ claims: aSet(2, quarantined) });
      rescue(cluster);
      expect(Object.values(reasons(await run(cluster)))).to.deep.equal([
        reason,
        reason,
      ]);
      expect(annotationsOf(cluster)).to.include({
        "volume-claim/quarantine": DELETION_ENDED,
      });
      cluster.serverTime = NOW + MINUTE - 1;
      await run(cluster);
      expect(annotationsOf(cluster)).to.have.property(
        "volume-claim/quarantine",
      );
      cluster.serverTime = NOW + MINUTE;
      await run(cluster);
      expect(callsOf(cluster, "delete")).to.deep.equal([]);
      expect(annotationsOf(cluster)).not.to.have.property(
        "volume-claim/quarantine",
      );
      expect(cluster.events).to.deep.equal([]);
    });

    it(`delete no claim of a set that gets ${what} before the re-check`, async () => {
      const cluster = fakeCluster({ claims: aSet(2, quarantined) });
      cluster.before = (call) => {
        if (call.startsWith("namespacePhase")) rescue(cluster);
      };
      await run(cluster);
      expect(callsOf(cluster, "delete")).to.deep.equal([]);
    });
  }

  it("write no quarantine on a set that is leased in the meantime", async () => {
    const cluster = fakeCluster({ claims: [leader, second] });
    cluster.before = (call) => {
      if (call.startsWith("patchClaim")) cluster.claims[0] = touched(leader);
    };
    expect(reasons(await run(cluster))).to.include({
      [leader.uid]: "changed-meanwhile",
    });
    expect(annotationsOf(cluster)).not.to.have.property(
      "volume-claim/quarantine",
    );
  });

  it("do not count a claim as deleted that somebody else deletes while the check of its leader fails", async () => {
    const cluster = fakeCluster({ claims: aSet(2, quarantined) });
    cluster.before = (call) => {
      if (!call.startsWith("patchClaim")) return;
      cluster.claims.splice(1);
      throw lost;
    };
    expect(reasons(await run(cluster))).to.include({
      [second.uid]: "gone-already",
    });
    expect(callsOf(cluster, "recordDeletion")).to.deep.equal([]);
  });

  it("leave the quarantine of somebody else, and that of a set of which a claim is terminating", async () => {
    for (const set of [
      aSet(2, {
        ...old,
        annotations: { ...old.annotations, "volume-claim/quarantine": "look" },
      }),
      aSet(2, quarantined, { second: { deletedAt: NOW } }),
    ]) {
      const cluster = fakeCluster({ claims: set });
      expect(await sweepOnce(cluster)).to.deep.equal([]);
    }
  });

  it("write once on each claim that its Pod was seen, set no owner, and release one that is there", async () => {
    const set = aSet(1, {
      createdAt: NOW - DAY,
      annotations: { "volume-claim-template/on-miss": "Wait" },
    });
    const pod = podOf(itemOf(set, 0));
    const cluster = fakeCluster({ claims: set, pods: { shop: [pod] } });
    await run(cluster);
    await run(cluster);
    expect(writesOf(cluster)).to.have.length(1);
    const { annotations, ownerReferences, uid } = itemOf(cluster.claims, 0);
    expect(annotations).to.include({ "volume-claim/used-as": uid });
    expect(ownerReferences).to.deep.equal([]);
    cluster.claims[0] = {
      ...itemOf(cluster.claims, 0),
      ownerReferences: [ownedBy(pod)],
    };
    await run(cluster);
    expect(itemOf(cluster.claims, 0).ownerReferences).to.deep.equal([]);
  });

  describe("with volumes on nodes", () => {
    const terms = [
      {
        matchExpressions: [
          { key: "kubernetes.io/hostname", operator: "In", values: ["node-1"] },
        ],
      },
    ];

    function onNode(...hostnames: string[]): FakeCluster {
      const set = aSet(2, { createdAt: NOW - DAY });
      const cluster = fakeCluster({ claims: set });
      cluster.volumes[itemOf(set, 0).name] = "pv-1";
      cluster.volumes[itemOf(set, 1).name] = "pv-2";
      cluster.nodes = {
        affinities: new Map([
          ["pv-1", terms],
          ["pv-2", []],
        ]),
        nodes: new Map(hostnames.map((name) => [name, `uid-of-${name}`])),
        attachments: [],
      };
      return cluster;
    }

    it("copy the volumes' node affinity to the leader once, and put no set on a node that is there into quarantine", async () => {
      const cluster = onNode("node-1");
      await run(cluster);
      await run(cluster);
      expect(callsOf(cluster, "patch")).to.have.length(1);
      const {
        "volume-claim/node-affinity": copy = "",
        "volume-claim/node-uids": uids,
        ...others
      } = annotationsOf(cluster);
      expect(JSON.parse(copy)).to.deep.equal([terms]);
      expect(uids).to.equal('{"node-1":"uid-of-node-1"}');
      expect(others).not.to.have.property("volume-claim/quarantine");
    });

    it("put a set into quarantine, with an Event, while its node is gone", async () => {
      const cluster = onNode("node-2");
      const why = "the janitor found its volume on a node that is gone: node-1";
      await run(cluster);
      await run(cluster);
      expect(annotationsOf(cluster)["volume-claim/quarantine"]).to.equal(why);
      expect(cluster.events).to.deep.equal([`shop/${leader.name}: ${why}`]);
      if (cluster.nodes)
        cluster.nodes = {
          ...cluster.nodes,
          nodes: new Map([["node-1", "uid-of-node-1"]]),
        };
      await run(cluster);
      expect(annotationsOf(cluster)).not.to.have.property(
        "volume-claim/quarantine",
      );
    });

    it("put a set into quarantine whose node was created again, and keep the uid that the node had", async () => {
      const cluster = onNode("node-1");
      await run(cluster);
      if (cluster.nodes)
        cluster.nodes = {
          ...cluster.nodes,
          nodes: new Map([["node-1", "another-uid"]]),
        };
      await run(cluster);
      await run(cluster);
      expect(annotationsOf(cluster)).to.include({
        "volume-claim/quarantine":
          "the janitor found its volume on a node that was deleted and created again, without its local data: node-1",
        "volume-claim/node-uids": '{"node-1":"uid-of-node-1"}',
      });
      expect(cluster.events).to.have.length(1);
    });

    it("write nothing about nodes when the list has no node, lacks a volume, or may not be read", async () => {
      const none = onNode();
      const lacking = onNode("node-2");
      lacking.volumes[second.name] = "pv-3";
      const forbiddenNodes = onNode("node-2");
      forbiddenNodes.nodes = undefined;
      for (const cluster of [none, lacking, forbiddenNodes]) {
        await run(cluster);
        expect(annotationsOf(cluster)).not.to.have.property(
          "volume-claim/quarantine",
        );
      }
      expect(annotationsOf(lacking)).not.to.have.property(
        "volume-claim/node-affinity",
      );
    });

    it("judge and mark all the same when the volumes cannot be listed, and report it", async () => {
      const cluster = onNode("node-1");
      cluster.before = (call) => {
        if (call.startsWith("volumeNodes")) throw unavailable;
      };
      const report = await run(cluster);
      expect(report.namespaces[0]?.failures).to.deep.equal([
        "cannot list the volumes and nodes: etcd is not there",
      ]);
      expect(reasons(report)[leader.uid]).to.equal("idle-first-run");
    });
  });

  it("put a set into quarantine while a Pod without our labels uses it, also one that was about to be deleted", async () => {
    for (const over of [{ createdAt: NOW - DAY }, quarantined]) {
      const cluster = fakeCluster({
        claims: aSet(2, over),
        pods: { shop: [podOf(second, "debug", { labels: {} })] },
      });
      const why = "the janitor found it mounted by hand: Pod debug";
      await run(cluster);
      cluster.serverTime = NOW + MINUTE;
      await run(cluster);
      expect(annotationsOf(cluster)["volume-claim/quarantine"]).to.equal(why);
      expect(cluster.events).to.deep.equal([`shop/${leader.name}: ${why}`]);
      cluster.pods["shop"] = [];
      await run(cluster);
      expect(annotationsOf(cluster)).not.to.have.property(
        "volume-claim/quarantine",
      );
    }
  });

  it("delete no claim that a person has moved into a pool, and put its set into quarantine all the same", async () => {
    const { "volume-claim/request-uid": _, ...annotations } =
      leader.annotations;
    const moved = { ...leader, name: "data-pg-0", annotations };
    const claim = {
      ...moved,
      labels: { ...moved.labels, "volume-claim/set": "data-pg-0" },
    };
    const cluster = fakeCluster({ claims: [claim] });
    cluster.serverTime = NOW + 90 * DAY;
    expect(reasons(await run(cluster))[claim.uid]).to.equal("imported");
    expect(writesOf(cluster)).to.deep.equal([]);
    cluster.pods["shop"] = [podOf(claim, "debug", { labels: {} })];
    await run(cluster);
    expect(annotationsOf(cluster)).to.include({
      "volume-claim/quarantine":
        "the janitor found it mounted by hand: Pod debug",
    });
  });

  it("J7 the mass-deletion guard goes by the mark of the leader, and marks no other claim", async () => {
    const sets = claims(12).flatMap((_, index) =>
      aSet(2, {
        createdAt: NOW - DAY,
        requestUid: `set-${index}`,
        annotations: {
          ...quarantined.annotations,
          ...markedAt(NOW - 20_000),
          "volume-claim-template/idle-ttl": "1s",
        },
      }),
    );
    const cluster = fakeCluster({ claims: sets });
    const reasonsOfSecond = async (): Promise<Set<string | undefined>> => {
      const all = reasons(await run(cluster));
      return new Set(
        sets.filter((_, index) => index % 2 === 1).map(({ uid }) => all[uid]),
      );
    };
    expect([...(await reasonsOfSecond())]).to.deep.equal(["marked-just-now"]);
    expect(writesOf(cluster)).to.deep.equal([]);
    cluster.serverTime = NOW + MINUTE;
    expect([...(await reasonsOfSecond())]).to.deep.equal(["idle-too-long"]);
  });
});

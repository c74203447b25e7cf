import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { claimSets } from "../../../janitor/verdict/claim-sets.ts";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import { findingsOf } from "../../../janitor/verdict/set-findings.ts";
import type { VolumeNodes } from "../../../janitor/verdict/set-nodes.ts";
import {
  aPod,
  claimVolume,
  ENDED,
  HOUR,
  MINUTE,
  NOW,
  podOf,
} from "../objects.ts";
import { aSet, itemOf } from "../reuse.ts";

const set = aSet(2);
const [leader, second] = [itemOf(set, 0), itemOf(set, 1)];

/** Of a volume that only these hosts can mount. */
function onHosts(...values: string[]) {
  return [
    {
      matchExpressions: [
        { key: "kubernetes.io/hostname", operator: "In", values },
      ],
    },
  ];
}

/** The leader's volume is on node-1; the second volume can be mounted anywhere. */
const volumeNodes: VolumeNodes = {
  affinities: new Map([
    ["pv-1", onHosts("node-1")],
    ["pv-2", []],
  ]),
  nodes: new Map([["node-1", "uid-1"]]),
  attachments: [],
};

/** The causes that a sweep finds, as `kind: of`. */
function causes(
  pods: readonly V1Pod[],
  nodes: Partial<VolumeNodes> = {},
  over: Parameters<typeof aSet>[1] = {},
): string[] {
  const listed = aSet(2, over).map((claim, index) => ({
    claim,
    volume: `pv-${index + 1}`,
  }));
  const found = claimSets(listed).byName.get(leader.name);
  if (!found) throw new Error("there is no set");
  return findingsOf(
    found,
    podsByClaim(pods),
    { ...volumeNodes, ...nodes },
    NOW,
  ).causes.map(({ kind, of }) => `${kind}: ${of}`);
}

const CONFLICT =
  "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had volume node affinity conflict.";

/** A Pod of the set that has not started since then. */
function pending(
  condition: object = {},
  { node = null as string | null, since = NOW - 10 * MINUTE } = {},
): V1Pod {
  return podOf(leader, "web-1", {
    phase: "Pending",
    node,
    status: {
      conditions: [
        {
          type: "PodScheduled",
          status: node === null ? "False" : "True",
          ...(node === null && { reason: "Unschedulable", message: CONFLICT }),
          lastTransitionTime: new Date(since),
          ...condition,
        },
      ],
    },
  });
}

describe("what a sweep finds of a set: a mount by hand", () => {
  const byHand = aPod("debug", [claimVolume("x", second.name)]);

  it("by a Pod without our labels, of any claim of the set", () => {
    expect(causes([podOf(leader, "web-1"), byHand])).to.deep.equal([
      "byHand: Pod debug",
    ]);
  });

  it("by a Pod of another controller, whose labels name other claims", () => {
    const other = podOf(leader, "web-1", {
      labels: {
        "volume-claim/name": "another",
        "volume-claim/cache": "another",
      },
    });
    expect(causes([other])).to.deep.equal(["byHand: Pod web-1"]);
  });

  it("by many Pods, of which it names three", () => {
    const many = Array.from({ length: 5 }, (_, index) =>
      aPod(`debug-${index}`, [claimVolume("x", leader.name)]),
    );
    expect(causes(many)).to.deep.equal([
      "byHand: Pods debug-0, debug-1, debug-2 and 2 more",
    ]);
  });

  const others: [
    title: string,
    pods: V1Pod[],
    over?: Parameters<typeof aSet>[1],
  ][] = [
    ["a Pod that the function sees", [podOf(second)]],
    [
      "a Pod that has ended",
      [
        aPod("debug", [claimVolume("x", leader.name)], {
          phase: "Failed",
          status: { containerStatuses: [ENDED] },
        }),
      ],
    ],
    [
      "a set that is held",
      [byHand],
      { labels: { "volume-claim/hold": "true" } },
    ],
  ];
  for (const [title, pods, over] of others)
    it(`not by ${title}`, () => {
      expect(causes(pods, {}, over)).to.deep.equal([]);
    });
});

describe("what a sweep finds of a set: its nodes", () => {
  const recorded = {
    annotations: { "volume-claim/node-uids": '{"node-1":"uid-0"}' },
  };

  it("one that was created again under its name", () => {
    expect(causes([], {}, recorded)).to.deep.equal(["newNode: node-1"]);
  });

  it("one that is gone", () => {
    const nodes = new Map([["node-2", "uid-2"]]);
    for (const over of [{}, recorded])
      expect(causes([], { nodes }, over)).to.deep.equal(["goneNode: node-1"]);
  });

  it("nothing while another node of the volume is there as it was", () => {
    const affinities = new Map([
      ["pv-1", onHosts("node-1", "node-2")],
      ["pv-2", []],
    ]);
    const nodes = new Map([
      ["node-1", "uid-1"],
      ["node-2", "uid-2"],
    ]);
    expect(causes([], { affinities, nodes }, recorded)).to.deep.equal([]);
  });

  for (const text of ["{", "null", '{"node-1":1}', '["uid-0"]'])
    it(`nothing by uids that cannot be read: ${text}`, () => {
      expect(
        causes([], {}, { annotations: { "volume-claim/node-uids": text } }),
      ).to.deep.equal([]);
    });
});

describe("what a sweep finds of a set: a Pod that is Pending because of it", () => {
  for (const [version, message] of [
    ["1.32", CONFLICT],
    [
      "1.33",
      "0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity.",
    ],
    [
      "that reads zone labels",
      "0/1 nodes are available: 1 node(s) had no available volume zone.",
    ],
  ])
    it(`for ten minutes, by the scheduler of Kubernetes ${version}`, () => {
      expect(causes([pending({ message })])).to.deep.equal([
        `pending: Pod web-1: ${message}`,
      ]);
    });

  const attachment = { volume: "pv-1", node: "node-1", attached: false };
  const onNode = pending({}, { node: "node-1" });

  it("because a driver cannot attach its volume to the Pod's node", () => {
    expect(
      causes([onNode], {
        attachments: [{ ...attachment, error: "disk not found" }],
      }),
    ).to.deep.equal([
      "pending: Pod web-1: volume pv-1 cannot be attached to node node-1: disk not found",
    ]);
  });

  it("because its volume is still attached to another node", () => {
    expect(
      causes([onNode], {
        attachments: [
          {
            ...attachment,
            node: "node-2",
            attached: true,
            error: undefined,
          },
        ],
      }),
    ).to.deep.equal([
      "pending: Pod web-1: volume pv-1 is still attached to node node-2, and the Pod is on node node-1",
    ]);
  });

  const withOther = pending();
  withOther.spec?.volumes?.push(claimVolume("other", "shared"));
  const others: [title: string, pod: V1Pod, nodes?: Partial<VolumeNodes>][] = [
    [
      "for less than ten minutes",
      pending({}, { since: NOW - 10 * MINUTE + 1 }),
    ],
    ["at a time that is missing", pending({ lastTransitionTime: undefined })],
    [
      "because no node has room",
      pending({ message: "0/1 nodes are available: 1 Insufficient cpu." }),
    ],
    ["because it waits for a gate", pending({ reason: "SchedulingGated" })],
    ["with a claim that is not of the set", withOther],
    [
      "with volumes for every node",
      pending(),
      {
        affinities: new Map([
          ["pv-1", []],
          ["pv-2", []],
        ]),
      },
    ],
    ["on its node, where the volume is not attached yet", onNode],
    [
      "on its node, where another volume cannot be attached",
      onNode,
      {
        attachments: [
          { ...attachment, volume: "pv-9", error: "disk not found" },
        ],
      },
    ],
    [
      "on its node, where the volume was attached after an error",
      onNode,
      {
        attachments: [{ ...attachment, attached: true, error: "not yet" }],
      },
    ],
    ["no longer", podOf(leader, "web-1", { status: pending().status ?? {} })],
  ];
  for (const [title, pod, nodes] of others)
    it(`not a Pod that is Pending ${title}`, () => {
      expect(causes([pod], nodes)).to.deep.equal([]);
    });

  it("not a Pod that is Terminating", () => {
    const pod = pending();
    pod.metadata = { ...pod.metadata, deletionTimestamp: new Date(NOW - HOUR) };
    expect(causes([pod])).to.deep.equal([]);
  });
});

import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { claimsUsedBy } from "../../../janitor/verdict/pod-uses-claim.ts";
import type { Verdict } from "../../../janitor/verdict/reasons.ts";
import { PROVISIONING_GRACE_MS } from "../../../janitor/verdict/unused-claim.ts";
import {
  aClaim,
  aPod,
  claimVolume,
  HOUR,
  LOST_NODE,
  MINUTE,
  NOW,
  ownedBy,
  podOf,
  RUNNING,
} from "../objects.ts";
import {
  FINISHED_PODS,
  IDLE_TTL,
  itJudges,
  MARK,
  RETENTION,
  verdictOn,
} from "./verdict-cases.ts";

const { name } = aClaim();

describe("verdict by age and Pods", () => {
  itJudges("deletes an old claim that no Pod names", {}, "unused", {
    why: /^no Pod names it, 60m old$/,
    pods: [aPod("other", [claimVolume("cache", "another-claim")])],
  });
  for (const [title, age, reason] of [
    ["J2 keeps a claim younger than it", 5 * MINUTE - 1, "younger-than-grace"],
    ["J2 deletes a claim as old as it", 5 * MINUTE, "unused"],
    ["J12 keeps a claim of the future", -HOUR, "younger-than-grace"],
  ] as const)
    itJudges(`by the grace period ${title}`, { createdAt: NOW - age }, reason);
  itJudges("names both", { createdAt: NOW - MINUTE }, "younger-than-grace", {
    why: /60s old, grace period 5m/,
  });

  const used: [title: string, pod: V1Pod, why: RegExp][] = [
    [
      "J3 without a node",
      podOf(aClaim(), "web-1", { phase: "Pending", node: null }),
      /^used by Pod web-1 \(Pending, no node yet\)$/,
    ],
    [
      "J4 that succeeded",
      podOf(aClaim(), "job-1", { phase: "Succeeded" }),
      /Pod job-1 \(Succeeded\)/,
    ],
    [
      "J4 that failed",
      podOf(aClaim(), "job-1", { phase: "Failed" }),
      /Pod job-1 \(Failed\)/,
    ],
    [
      "J5 that is Terminating",
      podOf(aClaim(), "web-1", { terminating: true }),
      /Pod web-1 \(Running, Terminating\)/,
    ],
    [
      "J6 that mounts it by hand, without our labels",
      aPod("debug", [claimVolume("x", name)]),
      /Pod debug/,
    ],
    [
      "J6 whose ephemeral volume has the claim's name",
      aPod(name.split("-").slice(0, -1).join("-"), [
        { name: name.split("-").at(-1) ?? "", ephemeral: {} },
      ]),
      /^used by Pod/,
    ],
  ];
  for (const [title, pod, why] of used)
    itJudges(`keeps the claim of a Pod: ${title}`, {}, "in-use", {
      why,
      pods: [pod],
    });
  itJudges("J6 names three of many Pods", {}, "in-use", {
    why: /^used by Pods a \(Running\), b \(Running\), c \(Running\) and 2 more$/,
    pods: ["a", "b", "c", "d", "e"].map((pod) => podOf(aClaim(), pod)),
  });
  it("J6 finds the claims of all volumes of a Pod", () => {
    const pod = aPod("web-1", [
      claimVolume("cache", "claim-a"),
      { name: "scratch", ephemeral: { volumeClaimTemplate: { spec: {} } } },
      { name: "config", configMap: { name: "settings" } },
      claimVolume("other", "claim-b"),
    ]);
    expect(claimsUsedBy(pod)).to.deep.equal([
      "claim-a",
      "web-1-scratch",
      "claim-b",
    ]);
    expect(claimsUsedBy({ spec: { containers: [] } })).to.deep.equal([]);
  });
});

describe("verdict while a volume is being made", () => {
  const selected = "volume.kubernetes.io/selected-node";
  const HALF = HOUR / 2;
  const made: [title: string, age: number, over?: object, key?: string][] = [
    ["keeps it for an hour", PROVISIONING_GRACE_MS - 1],
    ["counts from the last change", 10 * HOUR, { changedAt: NOW - MINUTE }],
    ...["", "beta."].map((beta): [string, number, object, string] => [
      `keeps it with the key volume.${beta}kubernetes.io of a provisioner`,
      HALF,
      {},
      `volume.${beta}kubernetes.io/storage-provisioner`,
    ]),
  ];
  const notMade: typeof made = [
    ["deletes what has no volume after an hour", PROVISIONING_GRACE_MS],
    ["does not wait for a volume that is there", HALF, { bound: true }],
    ["does not wait without a provisioner", HALF, {}, "any/key"],
  ];
  for (const [cases, reason] of [
    [made, "provisioning"],
    [notMade, "unused"],
  ] as const)
    for (const [title, age, over, key = selected] of cases) {
      const annotations = { [key]: "x" };
      const claim = { createdAt: NOW - age, bound: false, annotations };
      itJudges(`J13 ${title}`, { ...claim, ...over }, reason);
    }
  itJudges(
    "J13 names the key, the last change and how long it waits",
    { createdAt: NOW - HALF, bound: false, annotations: { [selected]: "x" } },
    "provisioning",
    { why: /\/selected-node\), last change 30m ago: waits 60m/ },
  );
});

describe("verdict on a Terminating claim", () => {
  const deletedAt = NOW - 10 * MINUTE;
  itJudges("J15 names the Pods that block it", { deletedAt }, "terminating", {
    why: /^deletion requested 10m ago; waiting for Pod web-1 \(Running\)$/,
    pods: [podOf(aClaim(), "web-1")],
  });
  itJudges(
    "J15 names its finalizers when it has no Pods",
    { deletedAt, finalizers: ["example/backup", "example/other"] },
    "terminating",
    {
      why: /no Pod names it; waiting for finalizer example\/backup, example\/other/,
    },
  );
});

describe("verdict on a claim alone", () => {
  const hold = "volume-claim/hold";
  const kinds = ["annotation", "label"] as const;
  for (const kind of kinds)
    for (const value of ["true", "yes"])
      itJudges(
        `J6 keeps a claim held by the ${kind} ${value}`,
        { [`${kind}s`]: { [hold]: value } },
        "held",
        { why: new RegExp(`${kind} ${hold}: "${value}"`) },
      );
  itJudges(
    "J6 deletes a claim whose hold is false",
    { annotations: { [hold]: "false" } },
    "unused",
  );
  itJudges(
    "J17 deletes a claim whose owner, a Pod, is gone: the garbage collector may be stuck",
    { ownerReferences: [ownedBy(podOf(aClaim(), "gone"))] },
    "unused",
  );

  const notOurs: [title: string, claim: Parameters<typeof aClaim>[0]][] = [
    ["without managed=true", { labels: { managed: "false" } }],
    [
      "that another operator manages",
      { labels: { "app.kubernetes.io/managed-by": "another-operator" } },
    ],
    ["with our labels and another name", { name: "data-postgres-0" }],
    [
      "whose volume label was changed",
      { labels: { "volume-claim-template/name": "other" } },
    ],
    [
      "without the uid of its request",
      { annotations: { "volume-claim/request-uid": "" } },
    ],
  ];
  for (const [title, claim] of notOurs)
    itJudges(`J19 keeps a claim ${title}`, claim, "not-ours", {
      why: /not labelled managed=true,app\.kubernetes\.io\/managed-by=stateful-deployments|its name is not the one that the function makes/,
    });
  for (const [kind, apiVersion, controller] of [
    ["StatefulSet", "apps/v1", true],
    ["Backup", "example/v1", false],
    ["Pod", "v1", true],
    ["Pod", "example/v1", false],
  ] as const)
    itJudges(
      `J19 keeps a claim of a ${kind} of ${apiVersion}${controller ? ", its controller" : ""}`,
      {
        ownerReferences: [
          { apiVersion, kind, name: "o", uid: "1", controller },
        ],
      },
      "foreign-controller",
      { why: new RegExp(`^belongs to ${kind} o, which decides about it$`) },
    );
});

/** A claim of ten days with these annotations, and Pods of these phases that use it. */
function judge(
  annotations: Record<string, string>,
  phases: readonly string[] = [],
): Verdict {
  return verdictOn(
    aClaim({ createdAt: NOW - 240 * HOUR, annotations }),
    phases.map((phase) => podOf(aClaim(), "p", { phase })),
  );
}

/** A mark that is so old. */
function ago(milliseconds: number): { [MARK]: string } {
  return { [MARK]: new Date(NOW - milliseconds).toISOString() };
}

describe("verdict by life cycle", () => {
  const retain = { [RETENTION]: "Retain" };
  const aDay = { ...retain, [IDLE_TTL]: "24h" };
  const release = { [FINISHED_PODS]: "Release" };
  type Reason = Verdict["reason"];
  type Case = [
    title: string,
    annotations: Record<string, string>,
    alone: Reason,
    /** With a Pod that may run, or always if nothing is said of finished Pods. */
    running?: Reason,
    finished?: Reason,
  ];
  const cases: Case[] = [
    ["Delete", {}, "unused", "in-use", "in-use"],
    ["Release", release, "unused", "in-use", "only-finished-pods"],
    ["Delete, marked", ago(100 * HOUR), "unused", "in-use", "in-use"],
    ["Retain", { ...retain, ...release, ...ago(100 * HOUR) }, "retained"],
    ["a day, without a mark", aDay, "idle-first-run", "in-use", "in-use"],
    [
      "a day and Release, without a mark",
      { ...aDay, ...release },
      "idle-first-run",
      "in-use",
      "idle-first-run",
    ],
    [
      "a day, idle for a millisecond less",
      { ...aDay, ...ago(24 * HOUR - 1) },
      "idle",
      "in-use",
      "in-use",
    ],
    [
      "a day and Release, idle for a day",
      { ...aDay, ...release, ...ago(24 * HOUR) },
      "idle-too-long",
      "in-use",
      "idle-too-long",
    ],
    [
      "a day, marked for a future",
      { ...aDay, ...ago(-HOUR) },
      "idle-first-run",
      "in-use",
      "in-use",
    ],
    [
      "Delete in another spelling",
      { [RETENTION]: "delete" },
      "unsupported-retention",
    ],
    [
      "Retain for what is not a duration",
      { ...retain, [IDLE_TTL]: "a day", ...ago(100 * HOUR) },
      "unsupported-idle-ttl",
    ],
    [
      "Retain for no time",
      { ...retain, [IDLE_TTL]: "0s" },
      "unsupported-idle-ttl",
    ],
    [
      "Delete with an idle-ttl",
      { [IDLE_TTL]: "24h" },
      "contradicting-life-cycle",
    ],
    [
      "finished-pods with an unknown word",
      { [FINISHED_PODS]: "Free" },
      "unsupported-finished-pods",
    ],
    [
      "held, whatever else it says",
      { ...aDay, ...release, ...ago(100 * HOUR), "volume-claim/hold": "true" },
      "held",
    ],
  ];
  for (const [
    title,
    annotations,
    alone,
    running = alone,
    finished = alone,
  ] of cases)
    it(`${/Release/.test(title) ? "J4 " : ""}${title}: ${alone} alone, ${running} with a Pod, ${finished} with a finished one`, () => {
      expect(judge(annotations).reason).to.equal(alone);
      for (const phase of ["Pending", "Running", "Unknown"])
        expect(judge(annotations, [phase]).reason).to.equal(running);
      for (const phase of ["Succeeded", "Failed"])
        expect(judge(annotations, [phase]).reason).to.equal(finished);
    });

  it("names the key and the value that it does not know, in the words of the function", () => {
    expect(judge({ [RETENTION]: "Delete\u200b" }).why).to.equal(
      String.raw`volume-claim-template/retention: "Delete\u200b" is not supported; known are Delete, Retain, Reuse`,
    );
  });

  it("J2 J13 keeps what is young or being made, and does not mark it", () => {
    for (const annotations of [release, aDay]) {
      const young = aClaim({ createdAt: NOW - MINUTE, annotations });
      expect(verdictOn(young).reason).to.equal("younger-than-grace");
      const made = aClaim({
        bound: false,
        createdAt: NOW - HOUR / 2,
        annotations: {
          ...annotations,
          "volume.kubernetes.io/selected-node": "node-1",
        },
      });
      expect(verdictOn(made).reason).to.equal("provisioning");
    }
  });

  it("names key and value of what it does not know, and how long a claim is and may be idle", () => {
    const sentences: [Record<string, string>, string][] = [
      [
        { ...retain, [IDLE_TTL]: "soon" },
        `${IDLE_TTL}: "soon" is not a duration; write it like 36h or 7d`,
      ],
      [
        { [FINISHED_PODS]: "Free" },
        `${FINISHED_PODS}: "Free" is not supported; known are Keep, Release`,
      ],
      [aDay, "no Pod names it, idle from now on; it is retained for 24h"],
      [
        { ...aDay, ...ago(HOUR) },
        "no Pod names it, idle for 60m; it is retained for 24h",
      ],
      [
        { ...aDay, ...ago(30 * HOUR) },
        "no Pod names it, idle for 30h; it was retained for 24h",
      ],
    ];
    for (const [annotations, why] of sentences)
      expect(judge(annotations).why).to.equal(why);
    expect(judge({ [RETENTION]: "Recycle" }).why).to.match(
      /retention: "Recycle" is not supported; known are/,
    );
    expect(judge({ [IDLE_TTL]: "7d" }).why).to.match(
      /idle-ttl: "7d" contradicts \S+retention: Delete.*; set \S+retention: Retain or leave it out$/,
    );
    expect(judge(retain).why).to.match(
      /retention: Retain without \S+idle-ttl, so it is never deleted here$/,
    );
  });

  it("J4 Release waits for the last of several Pods", () => {
    expect(judge(release, ["Succeeded", "Running", "Failed"])).to.include({
      reason: "in-use",
      why: "used by Pod p (Running)",
    });
    expect(judge(release, ["Succeeded", "Failed"])).to.include({
      decision: "delete",
      why: "named by finished Pods p (Succeeded), p (Failed) only, 10d old; it stays Terminating, and its volume stays, until these Pods are deleted",
    });
  });

  itJudges(
    "J5 Release keeps the claim of a Pod that the control plane gave up with its node",
    { annotations: release },
    "in-use",
    {
      why: /^used by Pod p \(Failed, may still run\)$/,
      pods: [
        podOf(aClaim(), "p", {
          phase: "Failed",
          status: { conditions: [LOST_NODE], containerStatuses: [RUNNING] },
        }),
      ],
    },
  );
});

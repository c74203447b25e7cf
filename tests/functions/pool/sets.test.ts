import { expect } from "chai";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import { before, claim, judged, pod, wanting } from "./pool-builders.ts";

const LEASED = {
  "volume-claim/lease-request": "another request",
  "volume-claim/lease-time": before(30),
};

const MADE_WITH_CREATE = { "volume-claim-template/on-miss": "Create" };

const ZONE = "topology.kubernetes.io/zone";
const IN_ZONE_A = JSON.stringify([
  [{ matchExpressions: [{ key: ZONE, operator: "In", values: ["a"] }] }],
]);

const UNREADABLE = [
  "{",
  "null",
  "[[null]]",
  '[["node-1"]]',
  '[[{"matchExpressions":null}]]',
  '[[{"matchExpressions":[null]}]]',
  '[[{"matchExpressions":[{"operator":"In"}]}]]',
  `[[{"matchExpressions":[{"key":"${ZONE}","operator":"In","values":"a"}]}]]`,
  `[[{"matchExpressions":[{"key":"${ZONE}","operator":"In","values":null}]}]]`,
];

describe("judgeSets", () => {
  describe("of one set", () => {
    const cases: readonly {
      readonly title: string;
      readonly claims: Parameters<typeof judged>[0];
      readonly pods?: Parameters<typeof claimUsers>[0];
      readonly wanted?: Parameters<typeof judged>[1];
      readonly state: string;
      readonly reason?: string;
      readonly why?: string;
    }[] = [
      { title: "no Pod and no lease", claims: [claim("a")], state: "free" },
      {
        title: "a Pod that stays",
        claims: [claim("a")],
        pods: [pod("p", "a")],
        state: "used",
      },
      {
        title: "a Pod that is terminating",
        claims: [claim("a")],
        pods: [pod("p", "a", { deletionTimestamp: before(1) })],
        state: "leaving",
      },
      {
        title: "a Pod that stays beside one that is terminating",
        claims: [claim("a")],
        pods: [
          pod("old", "a", { deletionTimestamp: before(1) }),
          pod("p", "a"),
        ],
        state: "used",
      },
      {
        title: "a Pod that names a claim that does not lead",
        claims: [claim("a"), claim("b", { set: "a", volume: "log" })],
        pods: [pod("p", "b")],
        wanted: wanting({ volumes: ["data", "log"] }),
        state: "used",
      },
      {
        title: "a lease that runs",
        claims: [claim("a", { annotations: LEASED })],
        state: "in-flight",
      },
      {
        title: "a lease that has ended",
        claims: [
          claim("a", {
            annotations: { ...LEASED, "volume-claim/lease-time": before(60) },
          }),
        ],
        state: "free",
      },
      {
        title: "a lease whose time nobody can read",
        claims: [
          claim("a", {
            annotations: { ...LEASED, "volume-claim/lease-time": "soon" },
          }),
        ],
        state: "in-flight",
      },
      {
        title: "a lease on a claim that does not lead",
        claims: [
          claim("a"),
          claim("b", { set: "a", volume: "log", annotations: LEASED }),
        ],
        wanted: wanting({ volumes: ["data", "log"] }),
        state: "free",
      },
      {
        title: "no Pod seen since its first lease",
        claims: [claim("a", { seen: false, phase: "Pending" })],
        state: "free",
        reason: "fresh",
      },
      {
        title: "no Pod seen, although it was handed out again and again",
        claims: [
          claim("a", {
            seen: false,
            annotations: { "volume-claim/uses": "9" },
          }),
        ],
        state: "free",
        reason: "fresh",
      },
      {
        title: "no Pod seen, but a node that the scheduler chose",
        claims: [
          claim("a", {
            seen: false,
            annotations: { "volume.kubernetes.io/selected-node": "node-1" },
          }),
        ],
        state: "free",
        reason: "free",
      },
      {
        title: "no sweep that saw its Pod, but a lease that its Pod has ended",
        claims: [
          claim("a", {
            seen: false,
            annotations: { "volume-claim/lease-time": before(9) },
          }),
        ],
        state: "free",
        reason: "free",
      },
      {
        title: "a mark that another claim brought along",
        claims: [
          claim("a", {
            seen: false,
            annotations: { "volume-claim/used-as": "uid of a backup" },
          }),
        ],
        state: "free",
        reason: "fresh",
      },
      {
        title: "no Pod seen, and no request that made it",
        claims: [claim("a", { seen: false, imported: true })],
        state: "free",
        reason: "free",
      },
      {
        title: "a volume too few",
        claims: [claim("a")],
        wanted: wanting({ volumes: ["data", "log"] }),
        state: "unfit",
        reason: "member-missing",
      },
      {
        title: "a volume too many",
        claims: [claim("a"), claim("b", { set: "a", volume: "log" })],
        state: "unfit",
        reason: "member-missing",
      },
      {
        title: "no leading claim",
        claims: [claim("b", { set: "a" })],
        state: "unfit",
        reason: "member-missing",
      },
      {
        title: "a claim on its way out",
        claims: [claim("a", { metadata: { deletionTimestamp: before(1) } })],
        state: "unfit",
        reason: "terminating",
      },
      {
        title: "a volume that is gone",
        claims: [claim("a", { phase: "Lost" })],
        state: "unfit",
        reason: "lost",
      },
      {
        title: "a used claim that is not bound to its volume",
        claims: [
          claim("a", { phase: "Pending", spec: { volumeName: "pv-1" } }),
        ],
        state: "unfit",
        reason: "not-bound",
      },
      {
        title: "a used claim that never had a volume",
        claims: [claim("a", { phase: "Pending" })],
        state: "free",
        reason: "fresh",
      },
      {
        title: "a claim that never had a volume and asks for less",
        claims: [claim("a", { phase: "Pending" })],
        wanted: wanting({
          spec: { resources: { requests: { storage: "2Gi" } } },
        }),
        state: "unfit",
        reason: "cannot-grow",
      },
      {
        title: "an imported claim that never had a volume",
        claims: [claim("a", { phase: "Pending", imported: true })],
        state: "free",
        reason: "fresh",
      },
      {
        title: "another storage class",
        claims: [claim("a")],
        wanted: wanting({ spec: { storageClassName: "slow" } }),
        state: "unfit",
        reason: "storage-class",
      },
      {
        title: "no storage class, where the template asks for none",
        claims: [claim("a", { spec: { storageClassName: undefined } })],
        wanted: wanting({ spec: { storageClassName: "" } }),
        state: "free",
      },
      {
        title: "other access modes",
        claims: [claim("a")],
        wanted: wanting({ spec: { accessModes: ["ReadWriteOncePod"] } }),
        state: "unfit",
        reason: "access-modes",
      },
      {
        title: "the same access modes in another order",
        claims: [
          claim("a", {
            spec: { accessModes: ["ReadWriteMany", "ReadWriteOnce"] },
          }),
        ],
        wanted: wanting({
          spec: { accessModes: ["ReadWriteOnce", "ReadWriteMany"] },
        }),
        state: "free",
      },
      {
        title: "another volumeMode",
        claims: [claim("a")],
        wanted: wanting({ spec: { volumeMode: "Block" } }),
        state: "unfit",
        reason: "volume-mode",
      },
      {
        title: "less than is wanted, which may grow",
        claims: [claim("a")],
        wanted: wanting({
          spec: { resources: { requests: { storage: "2Gi" } } },
        }),
        state: "free",
      },
      {
        title: "a quarantine",
        claims: [
          claim("a", {
            annotations: { "volume-claim/quarantine": "node gone" },
          }),
        ],
        state: "unfit",
        reason: "quarantine",
      },
      {
        title: "more than max-age",
        claims: [claim("a")],
        wanted: wanting({ limits: { wait: false, maxAgeMs: 3_599_000 } }),
        state: "unfit",
        reason: "max-age",
      },
      {
        title: "exactly max-age",
        claims: [claim("a")],
        wanted: wanting({ limits: { wait: false, maxAgeMs: 3_600_000 } }),
        state: "free",
      },
      {
        title: "as many uses as max-uses",
        claims: [claim("a", { annotations: { "volume-claim/uses": "3" } })],
        wanted: wanting({ limits: { wait: false, maxUses: 3 } }),
        state: "unfit",
        reason: "max-uses",
        why: "was handed out 3 times, max-uses is 3",
      },
      {
        title: "on-miss Create, for a Pod with Wait",
        claims: [claim("a", { annotations: MADE_WITH_CREATE })],
        wanted: wanting({ limits: { wait: true } }),
        state: "unfit",
        reason: "on-miss",
      },
      {
        title: "on-miss Create, for a Pod with Create",
        claims: [claim("a", { annotations: MADE_WITH_CREATE })],
        state: "free",
      },
      {
        title: "on-miss Wait, for a Pod with Create",
        claims: [claim("a")],
        state: "free",
      },
      {
        title: "on-miss Create that no request made, for a Pod with Wait",
        claims: [claim("a", { annotations: MADE_WITH_CREATE, imported: true })],
        wanted: wanting({ limits: { wait: true } }),
        state: "free",
      },
      {
        title: "a volume in a zone that the Pod excludes",
        claims: [
          claim("a", {
            annotations: { "volume-claim/node-affinity": IN_ZONE_A },
          }),
        ],
        wanted: wanting({
          nodes: { nodeSelector: { [ZONE]: "b" } },
        }),
        state: "unfit",
        reason: "node",
      },
      ...UNREADABLE.map((text) => ({
        title: `a node affinity that nobody can read, ${text},`,
        claims: [
          claim("a", { annotations: { "volume-claim/node-affinity": text } }),
        ],
        wanted: wanting({
          nodes: { nodeSelector: { [ZONE]: "b" } },
        }),
        state: "free",
      })),
    ];
    for (const {
      claims,
      pods = [],
      reason,
      state,
      title,
      wanted,
      why,
    } of cases)
      it(`finds a set with ${title} ${state}`, () => {
        const [set, ...others] = judged(claims, wanted, claimUsers(pods, []));
        expect(others).to.have.length(0);
        expect(set?.state).to.equal(state);
        if (reason !== undefined) expect(set?.reason).to.equal(reason);
        expect(set?.why).to.be.a("string").and.not.equal("");
        if (why !== undefined) expect(set?.why).to.equal(why);
      });
  });

  for (const [where, options] of [
    ["as an annotation", { annotations: { "volume-claim/hold": "true" } }],
    ["as a label", { labels: { "volume-claim/hold": "" } }],
  ] as const)
    it(`leaves out a set with a hold ${where}, on any of its claims`, () => {
      const claims = [
        claim("a"),
        claim("b"),
        claim("b2", { set: "b", volume: "log", ...options }),
      ];
      expect(judged(claims).map(({ name }) => name)).to.deep.equal(["a"]);
    });

  for (const [title, log, isEmpty] of [
    ["of which no claim ever had a volume", { phase: "Pending" }, true],
    ["of which one claim has a volume", {}, false],
    ["of which one claim lost its volume", { phase: "Lost" }, false],
    [
      "of which one claim is being bound to a volume",
      { phase: "Pending", spec: { volumeName: "pv-1" } },
      false,
    ],
  ] as const)
    it(`${isEmpty ? "knows" : "does not say"} of a set ${title} that it has no data`, () => {
      const [set] = judged([
        claim("a", { phase: "Pending" }),
        claim("b", { set: "a", volume: "log", ...log }),
      ]);
      expect(set?.isEmpty).to.equal(isEmpty);
    });

  it("keeps the claims of two sets apart", () => {
    const claims = ["a", "b"].flatMap((name) => [
      claim(name),
      claim(`${name}-log`, { set: name, volume: "log" }),
    ]);
    for (const { members, name } of judged(claims))
      expect(
        [...members.values()].map(({ metadata }) => metadata?.name),
      ).to.deep.equal([name, `${name}-log`]);
  });
});

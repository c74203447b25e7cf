import { expect } from "chai";
import {
  DELETE_ENDS_MS,
  quarantineChange,
  RETRY_MS,
} from "../../../janitor/verdict/quarantine.ts";
import type {
  Cause,
  QuarantineContext,
} from "../../../janitor/verdict/quarantine.ts";
import { MINUTE, NOW } from "../objects.ts";
import { ABOUT_TO_DELETE, DELETION_ENDED } from "../reuse.ts";

const BY_HAND = "the janitor found it mounted by hand: Pod debug";
const GONE = "the janitor found its volume on a node that is gone: node-1";
const PENDING =
  "the janitor found that it kept a Pod from starting, at 2030-01-01T12:00:00.000Z Pod web-1: no node";
const byHand: Cause = { kind: "byHand", of: "Pod debug" };
const gone: Cause = { kind: "goneNode", of: "node-1" };
const pending: Cause = { kind: "pending", of: "Pod web-1: no node" };

/** Title, the quarantine that is there, what a sweep finds, and what it writes: undefined for nothing. */
const cases: [
  title: string,
  current: string | undefined,
  causes: readonly Cause[],
  expected: string | null | undefined,
  context?: Partial<QuarantineContext>,
][] = [
  ["begins with a cause", undefined, [byHand], BY_HAND],
  ["says when a Pod was found Pending", undefined, [pending], PENDING],
  ["is not written without a cause", undefined, [], undefined],
  ["stays with its cause", BY_HAND, [byHand], undefined],
  ["ends with its cause", BY_HAND, [], null],
  [
    "names the Pod that mounts it now",
    BY_HAND,
    [{ ...byHand, of: "Pod other" }],
    "the janitor found it mounted by hand: Pod other",
  ],
  ["goes on with its own cause among several", GONE, [byHand, gone], undefined],
  ["goes over to another cause", BY_HAND, [gone], GONE],
  [
    "stays when the nodes are not known",
    GONE,
    [],
    undefined,
    { nodesKnown: false },
  ],
  [
    "stays when the nodes are not known, beside a mount by hand",
    GONE,
    [byHand],
    undefined,
    { nodesKnown: false },
  ],
  [
    "by hand ends when the nodes are not known",
    BY_HAND,
    [],
    null,
    { nodesKnown: false },
  ],
  ["of a person stays", "look at it", [], undefined],
  ["of a person stays with a cause", "look at it", [gone], undefined],
  ["before a deletion stays", ABOUT_TO_DELETE, [gone], undefined],
  [
    "after a deletion that ended stays while a delete may be on its way, with a cause, too",
    DELETION_ENDED,
    [gone],
    undefined,
    { changedAt: NOW - DELETE_ENDS_MS + 1 },
  ],
  [
    "after a deletion that ended goes over to a cause",
    DELETION_ENDED,
    [gone],
    GONE,
    { changedAt: NOW - DELETE_ENDS_MS },
  ],
  [
    "after a deletion that ended is over after a minute",
    DELETION_ENDED,
    [],
    null,
    { changedAt: NOW - DELETE_ENDS_MS },
  ],
  [
    "of a Pending Pod stays as it is while one is Pending",
    PENDING,
    [pending],
    undefined,
    { now: NOW + 2 * RETRY_MS },
  ],
  [
    "of a Pending Pod ends when its Pod is there and starts",
    PENDING,
    [],
    null,
    { hasPods: true },
  ],
  [
    "of a Pending Pod stays for an hour after its Pod",
    PENDING,
    [],
    undefined,
    { now: NOW + RETRY_MS - 1 },
  ],
  [
    "of a Pending Pod ends after an hour",
    PENDING,
    [],
    null,
    { now: NOW + RETRY_MS },
  ],
  [
    "of a Pending Pod ends with its Pod where the next Pod waits for this data",
    PENDING,
    [],
    null,
    { waits: true, now: NOW + MINUTE },
  ],
  [
    "of a Pending Pod ends when nobody can read since when it is",
    PENDING.replace("2030", "soon"),
    [],
    null,
  ],
];

describe("the quarantine of a set", () => {
  for (const [title, current, causes, expected, context] of cases)
    it(title, () => {
      expect(
        quarantineChange(current, causes, {
          nodesKnown: true,
          hasPods: false,
          waits: false,
          changedAt: NOW,
          now: NOW,
          ...context,
        }),
      ).to.equal(expected);
    });
});

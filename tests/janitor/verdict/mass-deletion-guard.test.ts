import { expect } from "chai";
import { unusedSince } from "../../../janitor/verdict/idle.ts";
import {
  guardedVerdict,
  isMassDeletion,
  MIN_MARK_AGE_MS,
} from "../../../janitor/verdict/mass-deletion-guard.ts";
import { keep } from "../../../janitor/verdict/reasons.ts";
import type { Verdict } from "../../../janitor/verdict/reasons.ts";
import { aClaim, HOUR, MINUTE, NOW } from "../objects.ts";
import { MARK } from "./verdict-cases.ts";

const unused: Verdict = {
  decision: "delete",
  reason: "unused",
  why: "no Pod names it",
};
const used = keep("in-use", "");
const held = keep("held", "");

describe("isMassDeletion", () => {
  const cases: {
    name: string;
    verdicts: [count: number, verdict: Verdict][];
    holds: boolean;
  }[] = [
    { name: "nothing", verdicts: [], holds: false },
    { name: "ten of ten", verdicts: [[10, unused]], holds: false },
    { name: "eleven of eleven", verdicts: [[11, unused]], holds: true },
    {
      name: "half of many",
      verdicts: [
        [100, unused],
        [100, used],
      ],
      holds: false,
    },
    {
      name: "one more than half of many",
      verdicts: [
        [101, unused],
        [100, used],
      ],
      holds: true,
    },
    {
      name: "eleven of eleven beside many that are young or held",
      verdicts: [
        [11, unused],
        [50, keep("younger-than-grace", "")],
        [50, held],
      ],
      holds: true,
    },
  ];
  for (const { name, verdicts, holds } of cases)
    it(`J20 is ${String(holds)} for ${name}`, () => {
      const all = verdicts.flatMap(([count, verdict]) =>
        Array.from({ length: count }, () => verdict),
      );
      expect(isMassDeletion(all)).to.equal(holds);
    });
});

function marked(mark: string): ReturnType<typeof aClaim> {
  return aClaim({ annotations: { [MARK]: mark } });
}

function ago(age: number): string {
  return new Date(NOW - age).toISOString();
}

describe("guardedVerdict", () => {
  const cases: [title: string, mark: string | undefined, decision: string][] = [
    ["marks a claim without a mark", undefined, "mark"],
    ["marks again a claim that is marked for the future", ago(-1_000), "mark"],
    ["marks again a claim whose mark is not a time", "yesterday", "mark"],
    ["deletes what an earlier run has marked", ago(MIN_MARK_AGE_MS), "delete"],
    [
      "J11 keeps what a run beside it has marked",
      ago(MIN_MARK_AGE_MS - 1),
      "keep",
    ],
  ];
  for (const [title, mark, decision] of cases)
    it(`J20 ${title}`, () => {
      const claim = mark === undefined ? aClaim() : marked(mark);
      expect(guardedVerdict(claim, unused, NOW).decision).to.equal(decision);
      expect(guardedVerdict(claim, held, NOW)).to.equal(held);
    });
});

describe("unusedSince", () => {
  const mark = ago(MINUTE);
  const cases: {
    name: string;
    claim: ReturnType<typeof aClaim>;
    since: number | undefined;
  }[] = [
    { name: "nothing without a mark", claim: aClaim(), since: undefined },
    { name: "the mark", claim: marked(mark), since: NOW - MINUTE },
    { name: "a mark of this moment", claim: marked(ago(0)), since: NOW },
    { name: "nothing for a future", claim: marked(ago(-1)), since: undefined },
    {
      name: "nothing for what is not a time",
      claim: marked("then"),
      since: undefined,
    },
    {
      name: "nothing for a mark that the janitor did not write",
      claim: { ...marked(mark), markWrittenAt: undefined },
      since: undefined,
    },
    {
      name: "the time of writing for a mark that says earlier",
      claim: { ...marked(ago(30 * MINUTE)), markWrittenAt: NOW - MINUTE },
      since: NOW - MINUTE,
    },
    {
      name: "nothing for a mark older than the claim, which came with a backup",
      claim: marked(ago(2 * HOUR)),
      since: undefined,
    },
  ];
  for (const { name, claim, since } of cases)
    it(`J12 is ${name}`, () => {
      expect(unusedSince(claim, NOW)).to.equal(since);
    });
});

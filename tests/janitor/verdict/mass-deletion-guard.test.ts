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

function many(count: number, verdict: Verdict): Verdict[] {
  return Array.from({ length: count }, () => verdict);
}

describe("isMassDeletion", () => {
  const others = [keep("younger-than-grace", ""), held];
  for (const [name, unusedCount, usedCount, holds, beside = []] of [
    ["nothing", 0, 0, false],
    ["ten of ten", 10, 0, false],
    ["eleven of eleven", 11, 0, true],
    ["half of many", 100, 100, false],
    ["one more than half of many", 101, 100, true],
    [
      "eleven of eleven beside many that are young or held",
      11,
      0,
      true,
      others,
    ],
  ] as const)
    it(`J20 is ${holds} for ${name}`, () => {
      expect(
        isMassDeletion([
          ...many(unusedCount, unused),
          ...many(usedCount, used),
          ...beside.flatMap((verdict) => many(50, verdict)),
        ]),
      ).to.equal(holds);
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
  const byAnother: ReturnType<typeof aClaim> = {
    ...marked(mark),
    markWrittenAt: undefined,
  };
  const saysEarlier = {
    ...marked(ago(30 * MINUTE)),
    markWrittenAt: NOW - MINUTE,
  };
  const cases: [name: string, claim: typeof byAnother, since?: number][] = [
    ["nothing without a mark", aClaim()],
    ["the mark", marked(mark), NOW - MINUTE],
    ["a mark of this moment", marked(ago(0)), NOW],
    ["nothing for a future", marked(ago(-1))],
    ["nothing for what is not a time", marked("then")],
    ["nothing for a mark that the janitor did not write", byAnother],
    [
      "the time of writing for a mark that says earlier",
      saysEarlier,
      NOW - MINUTE,
    ],
    [
      "nothing for a mark older than the claim, which came with a backup",
      marked(ago(2 * HOUR)),
    ],
  ];
  for (const [name, claim, since] of cases)
    it(`J12 is ${name}`, () => {
      expect(unusedSince(claim, NOW)).to.equal(since);
    });
});

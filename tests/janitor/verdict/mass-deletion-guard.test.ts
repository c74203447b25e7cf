import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../../functions/contract/keys.ts";
import {
  guardedVerdict,
  isMassDeletion,
  MIN_MARK_AGE_MS,
} from "../../../janitor/verdict/mass-deletion-guard.ts";
import { keep } from "../../../janitor/verdict/reasons.ts";
import type { Verdict } from "../../../janitor/verdict/reasons.ts";
import { aClaim, NOW } from "../objects.ts";

const unused: Verdict = {
  decision: "delete",
  reason: "unused",
  why: "no Pod names it",
};

function times(count: number, verdict: Verdict): Verdict[] {
  return Array.from({ length: count }, () => verdict);
}

function marked(age: number) {
  const since = new Date(NOW - age).toISOString();
  return aClaim({ annotations: { [UNUSED_SINCE_ANNOTATION]: since } });
}

describe("isMassDeletion", () => {
  const used = keep("in-use", "");
  const cases: { name: string; verdicts: Verdict[]; bulk: boolean }[] = [
    { name: "ten of ten", verdicts: times(10, unused), bulk: false },
    { name: "eleven of eleven", verdicts: times(11, unused), bulk: true },
    {
      name: "half of many",
      verdicts: [...times(100, unused), ...times(100, used)],
      bulk: false,
    },
    {
      name: "one more than half of many",
      verdicts: [...times(101, unused), ...times(100, used)],
      bulk: true,
    },
    {
      name: "two hundred of two hundred",
      verdicts: times(200, unused),
      bulk: true,
    },
    {
      name: "many young and held claims beside, which say nothing about the list of Pods",
      verdicts: [
        ...times(11, unused),
        ...times(50, keep("younger-than-grace", "")),
        ...times(50, keep("held", "")),
      ],
      bulk: true,
    },
    { name: "nothing", verdicts: [], bulk: false },
  ];
  for (const { name, verdicts, bulk } of cases)
    it(`J20 ${bulk ? "holds" : "does not hold"} for ${name}`, () => {
      expect(isMassDeletion(verdicts)).to.equal(bulk);
    });
});

describe("guardedVerdict", () => {
  it("J20 marks a claim that has no mark", () => {
    expect(guardedVerdict(aClaim(), unused, NOW)).to.include({
      decision: "mark",
      reason: "bulk-first-run",
    });
  });

  it("J20 deletes a claim that an earlier run has marked", () => {
    expect(guardedVerdict(marked(MIN_MARK_AGE_MS), unused, NOW)).to.include({
      decision: "delete",
      reason: "unused",
    });
  });

  it("J11 J20 does not take the mark of a run beside it for an earlier run's", () => {
    expect(guardedVerdict(marked(MIN_MARK_AGE_MS - 1), unused, NOW)).to.include(
      {
        decision: "keep",
        reason: "marked-just-now",
      },
    );
  });

  it("J20 marks anew what is marked for the future, or with what is no time", () => {
    const nonsense = aClaim({
      annotations: { [UNUSED_SINCE_ANNOTATION]: "yesterday" },
    });
    for (const claim of [marked(-1_000), nonsense])
      expect(guardedVerdict(claim, unused, NOW).decision).to.equal("mark");
  });

  it("J20 changes nothing about a claim that is kept anyway", () => {
    const held = keep("held", "");
    expect(guardedVerdict(marked(MIN_MARK_AGE_MS), held, NOW)).to.equal(held);
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { RUN_REASONS } from "../../../janitor/actions/outcome.ts";
import { REASONS } from "../../../janitor/verdict/reasons.ts";

/** The section of docs/janitor.md about reasons. */
function documented(): string {
  const file = path.join(import.meta.dirname, "../../../docs/janitor.md");
  const [, section = ""] =
    /^## All reasons$([^]*?)^## /m.exec(readFileSync(file, "utf8")) ?? [];
  return section;
}

/** The reasons for which the rule holds. */
function reasonsWith(
  holds: (rules: (typeof REASONS)[keyof typeof REASONS]) => boolean,
): string[] {
  return Object.entries(REASONS)
    .filter(([, rules]) => holds(rules))
    .map(([reason]) => reason)
    .toSorted();
}

describe("reasons", () => {
  it("are all in docs/janitor.md, and no others", () => {
    const rows = [...documented().matchAll(/^\| `([a-z-]+)` +\|/gm)].map(
      ([, reason]) => reason,
    );
    expect(rows.toSorted()).to.deep.equal(
      [
        ...Object.keys(REASONS),
        ...Object.values(RUN_REASONS).flat(),
      ].toSorted(),
    );
  });

  it("that come without a list of Pods, or with a Pod, end a mark", () => {
    expect(reasonsWith(({ markStays }) => !markStays)).to.deep.equal([
      "contradicting-life-cycle",
      "held",
      "in-use",
      "incomplete-set",
      "leased",
      "restored",
      "retained",
      "source-of-clone",
      "unknown-request-time",
      "unsupported-finished-pods",
      "unsupported-idle-ttl",
      "unsupported-retention",
      "unsupported-reuse",
    ]);
  });

  it("of claims that the janitor does not write to, or holds back, have no findings written", () => {
    expect(
      reasonsWith(({ findingsWritten }) => !findingsWritten),
    ).to.deep.equal(
      [
        "foreign-controller",
        "held",
        "leads-set",
        "not-ours",
        "set-first-run",
        "terminating",
        // A claim that is deleted gets no changes.
        "unused",
        "only-finished-pods",
        "idle-too-long",
        "max-age",
        "max-uses",
        "max-idle",
      ].toSorted(),
    );
  });

  it("with which a set is no longer about to be deleted are those that keep it", () => {
    const goesOn = reasonsWith(({ deletionGoesOn }) => deletionGoesOn);
    expect(goesOn).to.deep.equal(
      [
        "leads-set",
        "terminating",
        "marked-just-now",
        "not-ours",
        "foreign-controller",
        "mass-deletion-first-run",
        "set-first-run",
        "unused",
        "only-finished-pods",
        "idle-too-long",
        "max-age",
        "max-uses",
        "max-idle",
      ].toSorted(),
    );
  });

  it("with which the use by a Pod is written are use and doubt", () => {
    expect(reasonsWith(({ useWritten }) => useWritten)).to.deep.equal([
      "in-use",
      "restored",
      "unknown-request-time",
    ]);
  });
});

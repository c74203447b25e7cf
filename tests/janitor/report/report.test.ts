import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import type { SweepReport } from "../../../janitor/actions/outcome.ts";
import type { ServerName } from "../../../functions/kubernetes/kube-config.ts";
import { createProgress } from "../../../janitor/report/progress.ts";
import {
  failureLines,
  renderJson,
  renderTable,
} from "../../../janitor/report/report.ts";
import type { TableSettings } from "../../../janitor/report/report.ts";
import { summaryLine } from "../../../janitor/report/summary.ts";
import { keep } from "../../../janitor/verdict/reasons.ts";
import { aClaim, HOUR, MINUTE, NOW } from "../objects.ts";

const report: SweepReport = {
  now: NOW,
  lostEvents: 1,
  interrupted: false,
  namespaces: [
    {
      namespace: "search",
      outcomes: [],
      failures: ["cannot list the Pods: may not\u001b[2J"],
    },
    {
      namespace: "shop",
      failures: [],
      outcomes: [
        {
          claim: aClaim({ requestUid: "a", createdAt: NOW - 5 * MINUTE }),
          decision: keep("in-use", "used by Pod web-1 (Running)"),
          owners: "adopt",
        },
        {
          claim: aClaim({ requestUid: "b", createdAt: NOW - 96 * HOUR }),
          decision: { decision: "delete", reason: "unused", why: "unused" },
        },
        {
          claim: aClaim({ requestUid: "c", createdAt: NOW - 192 * MINUTE }),
          decision: {
            decision: "mark",
            reason: "mass-deletion-first-run",
            why: "many",
          },
        },
        {
          claim: aClaim({ name: "data-postgres-0", requestUid: "d" }),
          decision: keep("foreign-controller", "belongs to \u001b[31mpostgres"),
        },
      ],
    },
  ],
};

const server = "https://203.0.113.1:6443";
const ownCluster = { server, context: undefined };
const production = { server, context: "prod" };

/** The whole table. */
function table(
  of: SweepReport,
  settings: Omit<TableSettings, "onlyChanges">,
  onlyChanges = false,
): string {
  return [...renderTable(of, { onlyChanges, ...settings })].join("");
}

/** The whole document. */
function json(of: SweepReport, name: ServerName, onlyChanges = false): string {
  return [...renderJson(of, { dryRun: false, onlyChanges }, name)].join("");
}

describe("renderTable", () => {
  it("aligns what was decided about every claim, and why", () => {
    expect(`\n${table(report, { dryRun: false, colour: false })}`).to.equal(`
NAMESPACE   CLAIM                  AGE     DECISION   REASON                    WHY
shop        ${aClaim({ requestUid: "a" }).name}   5m      kept       in-use                    used by Pod web-1 (Running)
shop        ${aClaim({ requestUid: "b" }).name}   4d      deleted    unused                    unused
shop        ${aClaim({ requestUid: "c" }).name}   3h12m   marked     mass-deletion-first-run   many
shop        data-postgres-0        60m     kept       foreign-controller        belongs to \\u001b[31mpostgres
`);
  });

  it("says in a dry run what would be", () => {
    const text = table(report, { dryRun: true, colour: false });
    expect(text).to.match(/ would delete +unused/);
    expect(text).to.match(/ would mark +mass-deletion-first-run/);
  });

  it("colours the decision only when asked to, without moving the columns", () => {
    const plain = table(report, { dryRun: false, colour: false });
    const coloured = table(report, { dryRun: false, colour: true });
    expect(coloured).to.include("\u001b[35mdeleted ");
    expect(stripVTControlCharacters(coloured)).to.equal(plain);
    expect(plain).not.to.include("\u001b");
  });

  it("leaves out what was only kept, when it shows only changes", () => {
    const settings = { dryRun: false, colour: false };
    const [headings, ...lines] = table(report, settings).trimEnd().split("\n");
    expect(table(report, settings, true).trimEnd().split("\n")).to.deep.equal([
      headings,
      ...lines.slice(0, 3),
    ]);
  });

  it("has no headings when nothing changed, and it shows only changes", () => {
    const outcomes = [
      {
        claim: aClaim(),
        decision: keep("in-use", "used by Pod web-1 (Running)"),
      },
    ];
    const quiet = {
      ...report,
      namespaces: [{ namespace: "shop", failures: [], outcomes }],
    };
    expect(table(quiet, { dryRun: false, colour: false }, true)).to.equal("");
    expect(JSON.parse(json(quiet, ownCluster, true))).to.deep.include({
      claims: [],
    });
  });

  it("is empty without claims", () => {
    const nothing = { ...report, namespaces: [] };
    expect(table(nothing, { dryRun: false, colour: false })).to.equal("");
  });
});

describe("summaryLine", () => {
  it("counts what was done", () => {
    expect(summaryLine(report, false, ownCluster)).to.equal(
      "4 claims in 2 namespaces: 1 deleted, 1 marked, 2 kept (1 in-use, 1 foreign-controller), 0 gone already, 0 failed; owners: 1 set, 0 released; on https://203.0.113.1:6443; 1 namespace with failures; 1 Event lost",
    );
  });

  it("counts what would be done in a dry run", () => {
    expect(
      summaryLine({ ...report, namespaces: [] }, true, production),
    ).to.equal(
      "dry run, nothing was changed: 0 claims in 0 namespaces: 0 to delete, 0 to mark, 0 kept, 0 gone already, 0 failed; owners: 0 to set, 0 to release; on https://203.0.113.1:6443 (context prod); 1 Event lost",
    );
  });

  it("shows no control character of a context's name, and says that the run was stopped", () => {
    const odd = { server, context: "prod\u001b[2J" };
    expect(summaryLine({ ...report, interrupted: true }, false, odd)).to.match(
      /\(context prod \[2J\).*; stopped before the end$/,
    );
  });
});

describe("renderJson", () => {
  it("holds claims, failures and the summary", () => {
    const document = JSON.parse(json(report, production)) as {
      claims: unknown[];
      failures: unknown;
      summary: unknown;
    };
    expect(document).to.have.all.keys("claims", "failures", "summary");
    expect(document.claims[0]).to.deep.equal({
      namespace: "shop",
      name: aClaim({ requestUid: "a" }).name,
      uid: "uid-of-a",
      ageSeconds: 300,
      decision: "keep",
      reason: "in-use",
      why: "used by Pod web-1 (Running)",
      owners: "adopt",
    });
    expect(document.failures).to.deep.equal([
      {
        namespace: "search",
        message: "cannot list the Pods: may not\u001b[2J",
      },
    ]);
    expect(document.summary).to.deep.equal({
      dryRun: false,
      server,
      context: "prod",
      serverTime: "2030-01-01T12:00:00.000Z",
      namespaces: 2,
      claims: 4,
      deleted: 1,
      marked: 1,
      kept: 2,
      gone: 0,
      failed: 0,
      adopted: 1,
      released: 0,
      lostEvents: 1,
      interrupted: false,
      keptBecause: { "in-use": 1, "foreign-controller": 1 },
    });
  });

  it("is written as JSON.stringify indents it, with and without claims", () => {
    for (const one of [report, { ...report, namespaces: [] }]) {
      const text = json(one, production);
      expect(text).to.equal(
        `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`,
      );
    }
  });

  it("has no time when nothing could be listed", () => {
    const now = Number.POSITIVE_INFINITY;
    const nothing = { ...report, now, namespaces: [] };
    expect(json(nothing, ownCluster)).to.include('"serverTime": null');
  });
});

describe("failureLines", () => {
  it("names the namespace, and holds nothing that a terminal obeys", () => {
    expect(failureLines(report)).to.deep.equal([
      "namespace search: cannot list the Pods: may not\\u001b[2J",
    ]);
  });
});

/** What a run in which one claim goes would write to the terminal. */
function written(isTTY: boolean): string {
  let text = "";
  const progress = createProgress({
    isTTY,
    write: (part) => {
      text += part;
    },
  });
  progress.namespaces(2);
  progress.claimDeleted();
  progress.namespaceDone();
  progress.end();
  return text;
}

describe("createProgress", () => {
  it("writes one line anew at each step, and takes it away at the end", () => {
    expect(written(true).split("\r\u001b[K")).to.deep.equal([
      "",
      "listing claims ...",
      "namespaces: 0 of 2, claims deleted: 0",
      "namespaces: 0 of 2, claims deleted: 1",
      "namespaces: 1 of 2, claims deleted: 1",
      "",
    ]);
  });

  it("is silent where there is no terminal", () => {
    expect(written(false)).to.equal("");
  });
});

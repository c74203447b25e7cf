import { expect } from "chai";
import { renderTable } from "../../../janitor/report/report.ts";
import { keep } from "../../../janitor/verdict/reasons.ts";
import { aClaim, MINUTE, NOW } from "../../janitor/objects.ts";
import { decisionOn } from "./sweep-table.ts";

describe("decisionOn", () => {
  const used = aClaim({ requestUid: "a", createdAt: NOW - 5 * MINUTE });
  const unused = aClaim({ requestUid: "b", createdAt: NOW - 5 * MINUTE });
  const report = {
    now: NOW,
    lostEvents: 0,
    interrupted: false,
    namespaces: [
      {
        namespace: "shop",
        failures: [],
        outcomes: [
          { claim: used, decision: keep("in-use", "used by Pod web-1") },
          {
            claim: unused,
            decision: {
              decision: "delete",
              reason: "unused",
              why: `not ${used.name}`,
            },
          },
        ],
      },
    ],
  } as const;
  const table = [
    ...renderTable(report, {
      dryRun: false,
      onlyChanges: false,
      colour: false,
    }),
  ].join("");

  it("reads the line of the claim in the janitor's table", () => {
    expect(decisionOn(table, used.name)).to.equal("kept in-use");
    expect(decisionOn(table, unused.name)).to.equal("deleted unused");
  });

  it("fails, with the table, if there is none", () => {
    expect(() => decisionOn(table, "data-other")).to.throw(
      /no line of data-other in\nNAMESPACE/,
    );
  });
});

import { expect } from "chai";

/** What the table of a sweep says of a claim: the decision and the reason, such as `kept in-use`. Fails if it has no line of it. */
export function decisionOn(table: string, claim: string): string {
  const rows = table.split("\n").map((line) => line.split(/ {2,}/));
  const row = rows.find(([, name]) => name === claim);
  if (row === undefined) expect.fail(`no line of ${claim} in\n${table}`);
  const [, , , decision, reason] = row;
  return `${decision} ${reason}`;
}

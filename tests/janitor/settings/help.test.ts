import { readFileSync } from "node:fs";
import { expect } from "chai";
import { namedSettings } from "../../../functions/contract/setting-table.ts";
import { helpText } from "../../../functions/contract/settings-help.ts";
import { CERTIFICATES } from "../../../janitor/certificates/options.ts";
import { SWEEP } from "../../../janitor/settings/options.ts";

describe("janitor --help", () => {
  const help = helpText(SWEEP);

  it("has every flag, its variable and its default", () => {
    for (const { default: usual, flag, variable } of namedSettings(SWEEP)) {
      expect(flag).to.match(/^[a-z]/);
      expect(help).to.include(`--${flag}`);
      expect(variable).to.match(/^JANITOR_[A-Z]/);
      expect(help).to.match(new RegExp(`[[ ]${variable}]`));
      if (usual !== undefined) expect(help).to.include(`[default ${usual};`);
    }
  });

  it("has the annotations by which people decide about a claim, on 120 columns", () => {
    for (const setting of [
      "volume-claim/hold=true",
      "volume-claim-template/retention=Delete",
      "volume-claim-template/retention=Retain",
      "volume-claim-template/idle-ttl=7d",
      "volume-claim-template/finished-pods=Release",
    ])
      expect(help).to.match(new RegExp(`^  .*${setting}`, "m"));
    for (const line of help.split("\n"))
      expect(line.length, line).to.be.at.most(120);
  });
});

for (const [page, named, help] of [
  ["docs/janitor.md", namedSettings(SWEEP), helpText(SWEEP)],
  ["docs/certificates.md", namedSettings(CERTIFICATES), helpText(CERTIFICATES)],
] as const)
  describe(page, () => {
    it("has a row for every flag of --help with the same default, and no other row", () => {
      const file = new URL(`../../../${page}`, import.meta.url);
      const rows = new Map(
        [...readFileSync(file, "utf8").matchAll(/^\| `--([\w-]+).*$/gm)].map(
          ([row, flag]) => [flag, row],
        ),
      );
      expect([...rows.keys()]).to.have.members(named.map(({ flag }) => flag));
      for (const { flag, default: usual } of named) {
        expect(help).to.include(`--${flag}`);
        if (usual !== undefined && usual !== "false")
          expect(rows.get(flag)).to.match(
            new RegExp(`\\| +\`?${usual.replaceAll(".", "\\.")}\`? +\\|$`),
          );
      }
    });
  });

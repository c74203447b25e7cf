import { expect } from "chai";
import { namedSettings } from "../../../functions/contract/settings.ts";
import { helpText } from "../../../janitor/settings/help.ts";
import { SWEEP } from "../../../janitor/settings/options.ts";

describe("helpText", () => {
  it("tells every flag, its variable and its default", () => {
    const help = helpText();
    for (const { setting, flag, variable } of namedSettings(SWEEP)) {
      expect(flag).to.match(/^[a-z]/);
      expect(help).to.include(`--${flag}`);
      expect(variable).to.match(/^JANITOR_[A-Z]/);
      expect(help).to.match(new RegExp(`[[ ]${variable}]`));
      if (setting.default !== undefined)
        expect(help).to.include(`[default ${setting.default};`);
    }
  });

  it("tells the annotations by which people decide about a claim", () => {
    for (const setting of [
      "volume-claim/hold=true",
      "volume-claim-template/retention=Delete",
      "volume-claim-template/retention=Retain",
      "volume-claim-template/idle-ttl=7d",
      "volume-claim-template/finished-pods=Release",
    ])
      expect(helpText()).to.match(new RegExp(`^  .*${setting}`, "m"));
  });

  it("fits on 120 columns", () => {
    for (const line of helpText().split("\n"))
      expect(line.length, line).to.be.at.most(120);
  });
});

import { expect } from "chai";
import { environmentVariable, FLAGS } from "../../../janitor/settings/flags.ts";
import { helpText } from "../../../janitor/settings/help.ts";

describe("helpText", () => {
  it("tells every flag, its variable and its default", () => {
    const help = helpText();
    for (const flag of FLAGS) {
      expect(help).to.include(`--${flag.name}`);
      expect(help).to.match(new RegExp(`[[ ]${environmentVariable(flag)}]`));
      for (const value of flag.default)
        expect(help).to.include(`[default ${value};`);
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

import { expect } from "chai";
import { globSync } from "node:fs";
import { allComponents } from "./components.ts";
import { suitesOf } from "./suites.ts";

const all = suitesOf({ short: false, keep: false });

describe("the end-to-end suites", () => {
  it("are all run", () => {
    const files = globSync("*/*.e2e.ts", { cwd: import.meta.dirname });
    expect(all).to.have.members(
      files.map((file) => file.replace(".e2e.ts", "")),
    );
  });

  it("of each component exist", () => {
    for (const { name, suites } of allComponents) {
      expect(suites, name).to.not.be.empty;
      expect(all, name).to.include.members([...suites]);
    }
  });

  it("of the alerts, which changes what the CronJob tells of itself, comes after that of the CronJob", () => {
    expect(all.indexOf("janitor/cronjob")).to.be.within(
      0,
      all.indexOf("monitoring/alerts-and-dashboard"),
    );
  });
});

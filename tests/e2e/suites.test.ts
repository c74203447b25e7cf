import { expect } from "chai";
import { globSync } from "node:fs";
import { allComponents, usersOf } from "./components.ts";
import { countTests, suitesOf, withPreparation } from "./suites.ts";

const all = suitesOf({ short: false, keep: false });

describe("the end-to-end suites", () => {
  it("are all run", () => {
    const files = globSync("*/*.e2e.ts", { cwd: import.meta.dirname });
    expect(all).to.have.members(
      files.map((file) => file.replace(".e2e.ts", "")),
    );
  });

  it("of each component exist", () => {
    for (const component of allComponents)
      expect(all, component.name).to.include.members(usersOf(component));
  });

  it("of the alerts, which changes what the CronJob tells of itself, comes after that of the CronJob", () => {
    expect(all.indexOf("janitor/cronjob")).to.be.within(
      0,
      all.indexOf("monitoring/alerts-and-dashboard"),
    );
  });

  for (const [titles, before] of [
    ["the function at zero", ["installation/install"]],
    [
      "and a Deployment with claims|at zero",
      ["installation/install", "installation/uninstall"],
    ],
  ] as const)
    it(`need of other suites before --only "${titles}": ${before.join(", ")}`, async function () {
      // Each count loads suites, on a machine that may be busy.
      this.timeout(60_000);
      const expression = await withPreparation(titles);
      const whole = await countTests(before, "");
      expect(whole).to.be.above(0);
      expect(await countTests(before, expression)).to.equal(whole);
      const rest = all.filter((name) => !before.some((one) => one === name));
      expect(await countTests(rest, expression)).to.equal(
        await countTests(rest, titles),
      );
    });
});

import { expect } from "chai";
import { globSync } from "node:fs";
import { countTests, suitesOf } from "./suites.ts";

const whole = { short: false, keep: false };

describe("the end-to-end suites", () => {
  it("are all run", () => {
    const files = globSync("*.e2e.ts", { cwd: import.meta.dirname });
    expect(suitesOf(whole).toSorted()).to.deep.equal(
      files.map((file) => file.replace(".e2e.ts", "")).toSorted(),
    );
  });

  it("begin with the installation and end with the uninstallation, except with --keep", () => {
    for (const short of [false, true]) {
      const suites = suitesOf({ short, keep: false });
      expect([suites.at(0), suites.at(-1)]).to.deep.equal([
        "installation",
        "uninstallation",
      ]);
      expect(suitesOf({ short, keep: true })).to.deep.equal(
        suites.slice(0, -1),
      );
    }
  });

  it("count the tests with a title without running one", async function () {
    // Node and mocha load the suite, twice.
    this.timeout(30_000);
    expect(await countTests(["installation"], "is ready")).to.equal(1);
    expect(await countTests(["installation"], "no such title")).to.equal(0);
  });
});

import { expect } from "chai";
import { globSync } from "node:fs";
import { suitesOf } from "./suites.ts";

describe("the end-to-end suites", () => {
  it("are all run", () => {
    const files = globSync("*/*.e2e.ts", { cwd: import.meta.dirname });
    expect(suitesOf({ short: false, keep: false })).to.have.members(
      files.map((file) => file.replace(".e2e.ts", "")),
    );
  });
});

import { expect } from "chai";
import { nodeProblem } from "../../../functions/render/supported-node.ts";
import manifest from "../../../package.json" with { type: "json" };

describe("nodeProblem", () => {
  for (const version of ["22.19.0", "22.20.1", "24.0.0", "26.10.0"])
    it(`takes Node.js ${version}`, () => {
      expect(nodeProblem(version)).to.equal(undefined);
    });

  for (const version of ["18.20.4", "20.20.2", "22.18.0", "22.2.0"])
    it(`refuses Node.js ${version}`, () => {
      expect(nodeProblem(version)).to.equal(
        `needs Node.js 22.19 or newer, this is ${version}`,
      );
    });

  it("has the bound of package.json", () => {
    const bound = manifest.engines.node.replace(/^>=/, "");
    expect(nodeProblem(`${bound}.0`)).to.equal(undefined);
    expect(nodeProblem("0.0.0")).to.include(`needs Node.js ${bound} or newer`);
  });
});

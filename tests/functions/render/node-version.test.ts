import { expect } from "chai";
import manifest from "../../../package.json" with { type: "json" };
import { examplesDirectory } from "../../support/examples.ts";
import type { Ran } from "../../support/run-program.ts";
import { NAME, render } from "./render-program.ts";

/** Makes of Node one that says it is of this version. */
const withVersion = (version: string): string => `data:text/javascript,
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;

const versionShownIn = (version: string): Promise<Ran> =>
  render(["--version"], "", ["--import", withVersion(version)]);

/** One that is too old, and has not some of what a newer one has. */
const OLD_NODE = `${withVersion("20.11.0")}
  delete process.getBuiltinModule;
  delete Map.groupBy;`;

describe("render and the version of Node.js", function () {
  this.timeout(20_000);

  for (const version of ["22.19.0", "22.20.1", "24.0.0", "26.10.0"])
    it(`takes Node.js ${version}`, async () => {
      expect(await versionShownIn(version)).to.deep.equal({
        stdout: `${manifest.version}\n`,
        stderr: "",
        exitCode: 0,
      });
    });

  for (const version of ["18.20.4", "20.20.2", "22.18.0", "22.2.0"])
    it(`refuses Node.js ${version}`, async () => {
      expect(await versionShownIn(version)).to.deep.equal({
        stdout: "",
        stderr: `${NAME}: needs Node.js 22.19 or newer, this is ${version}\n`,
        exitCode: 2,
      });
    });

  it("has the bound of package.json", async () => {
    const bound = manifest.engines.node.replace(/^>=/, "");
    expect(await versionShownIn(`${bound}.0`)).to.have.property("exitCode", 0);
    expect((await versionShownIn("0.0.0")).stderr).to.include(
      `needs Node.js ${bound} or newer`,
    );
  });

  it("refuses one that is too old before it needs anything of a newer one", async () => {
    for (const args of [[examplesDirectory], ["--help"], ["--loud"]])
      expect(await render(args, "", ["--import", OLD_NODE])).to.deep.equal({
        stdout: "",
        stderr: `${NAME}: needs Node.js 22.19 or newer, this is 20.11.0\n`,
        exitCode: 2,
      });
  });
});

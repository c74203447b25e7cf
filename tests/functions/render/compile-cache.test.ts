import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { RENDER } from "../../support/built-programs.ts";
import { runProgram } from "../../support/run-program.ts";

describe("what Node.js compiles of render", function () {
  this.timeout(20_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "render-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  for (const { variable, below } of [
    { variable: "XDG_CACHE_HOME", below: "" },
    { variable: "HOME", below: ".cache" },
  ])
    it(`is kept below ${variable}, and nowhere without`, async () => {
      const run = (env: NodeJS.ProcessEnv) =>
        runProgram(process.execPath, [RENDER, "--version"], {
          env: { TMPDIR: directory, ...env },
        });
      expect((await run({})).exitCode).to.equal(0);
      expect(readdirSync(directory)).to.deep.equal([]);

      const first = await run({ [variable]: directory });
      expect(await run({ [variable]: directory })).to.deep.equal(first);
      const kept = path.join(directory, below, "stateful-deployments/render");
      expect(readdirSync(kept)).to.have.lengthOf(1);
    });

  it("need not be kept at all", async () => {
    const { exitCode, stderr } = await runProgram(
      process.execPath,
      [RENDER, "--version"],
      // No directory can be made below a file.
      { env: { XDG_CACHE_HOME: path.resolve("package.json") } },
    );
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: "" });
  });
});

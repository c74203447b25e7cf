import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../../support/run-program.ts";
import { BUNDLE, SOURCE } from "./render-programs.ts";

describe("what Node.js compiles of render", function () {
  this.timeout(20_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "render-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  for (const program of [SOURCE, BUNDLE])
    for (const { variable, below } of [
      { variable: "XDG_CACHE_HOME", below: "" },
      { variable: "HOME", below: ".cache" },
    ])
      it(`of ${program} is kept below ${variable}, and nowhere without`, async function () {
        if (!existsSync(program)) {
          process.stderr.write(`Skipping ${program}: it is not built\n`);
          this.skip();
        }
        const run = (env: NodeJS.ProcessEnv) =>
          runProgram(process.execPath, [program, "--version"], {
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
      [SOURCE, "--version"],
      // No directory can be made below a file.
      { env: { XDG_CACHE_HOME: path.resolve("package.json") } },
    );
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: "" });
  });
});

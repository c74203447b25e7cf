import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import manifest from "../../../package.json" with { type: "json" };
import { RENDER } from "../../support/built-programs.ts";
import { examplesDirectory } from "../../support/examples.ts";
import { runProgram } from "../../support/run-program.ts";
import type { Ran } from "../../support/run-program.ts";
import { NAME, render } from "./render-program.ts";

/** The modules of Node that a run has loaded. */
async function loadedBy(...args: readonly string[]): Promise<string[]> {
  const { stderr } = await runProgram(process.execPath, [
    "--import",
    `data:text/javascript,process.on("exit",()=>process.getBuiltinModule("fs").writeSync(2,process.moduleLoadList.join("\\n")))`,
    ...args,
  ]);
  return stderr.split("\n");
}

/** Makes of Node one that says it is of this version. */
const withVersion = (version: string): string => `data:text/javascript,
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;

const versionShownIn = (version: string): Promise<Ran> =>
  render(["--version"], "", ["--import", withVersion(version)]);

/** One that is too old, and has not some of what a newer one has. */
const OLD_NODE = `${withVersion("20.11.0")}
  delete process.getBuiltinModule;
  delete Map.groupBy;`;

describe("render starts", function () {
  this.timeout(20_000);

  it("is what `npm run render` runs from the sources", async () => {
    const args = ["--summary", path.join(examplesDirectory, "disk-cache.yaml")];
    const fromSources = await runProgram(process.execPath, [
      "functions/render/main.ts",
      ...args,
    ]);
    expect(fromSources).to.deep.equal(await render(args));
    expect(manifest.scripts.render).to.equal("node functions/render/main.ts");
  });

  it("loads nothing of Node that takes time, for a file", async () => {
    const before = await loadedBy("--eval", "0");
    expect(before).to.include("NativeModule events");
    const more = (
      await loadedBy(RENDER, path.join(examplesDirectory, "disk-cache.yaml"))
    ).filter((name) => !before.includes(name));
    // What reads the flags; streams, cryptography and workers are not among it.
    expect(more).to.deep.equal([
      "NativeModule internal/util/parse_args/utils",
      "NativeModule internal/util/parse_args/parse_args",
    ]);
  });
});

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

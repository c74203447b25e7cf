import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { failuresIn } from "./failures-in.ts";
import { runProgram } from "./run-program.ts";

const mocha = path.join(
  import.meta.dirname,
  "../../node_modules/mocha/bin/mocha.js",
);

describe("failuresIn", () => {
  let directory = "";

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "failures-in-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function outputOf(test: string, color: string): Promise<string> {
    const file = path.join(directory, "some.test.cjs");
    await writeFile(file, `it("passes", () => {});\n${test}`);
    const { stdout } = await runProgram(process.execPath, [
      mocha,
      "--no-config",
      color,
      file,
    ]);
    return stdout;
  }

  for (const color of ["--color", "--no-color"])
    it(`finds what failed, and does not count it a second time, with ${color}`, async () => {
      const output = await outputOf(
        'it("fails", () => { throw new Error("7 failing parts"); });',
        color,
      );
      const failures = failuresIn(output);
      expect(failures)
        .to.include("1) fails")
        .and.include("7 failing parts")
        .and.not.include("1 failing");
      expect(output).to.include(failures).and.include("1 failing");
    });

  it("finds nothing where nothing failed", async () => {
    expect(failuresIn(await outputOf("", "--no-color"))).to.equal("");
  });
});

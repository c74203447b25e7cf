import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../control-plane/run-program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const build = path.join(import.meta.dirname, "../../build.ts");

describe("npm run build", () => {
  it("shows what is wrong with a source, and no more", async () => {
    const cwd = temporaryDirectory();
    await mkdir(path.join(cwd, "functions"));
    await writeFile(
      path.join(cwd, "functions/main.ts"),
      "export functoin decide() {}\n",
    );
    const { exitCode, stderr, stdout } = await runProgram("bash", [
      "-c",
      'cd "$0" && "$1" "$2" functions',
      cwd,
      process.execPath,
      build,
    ]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.equal("");
    expect(stderr).to.match(/^✘ \[ERROR\] Unexpected "functoin"\n/);
    expect(stderr).to.include("functions/main.ts:1:7:");
    expect(stderr).to.not.include("    at ");
  });
});

import { expect } from "chai";
import { runProgram } from "../control-plane/run-program.ts";
import { exportLines } from "./export-lines.ts";

describe("exportLines", () => {
  it("has what is new or different, so that a shell reads the same values", async () => {
    const lines = exportLines(
      { SAME: "x", NEW: `it's $HOME "there"`, OTHER: "b" },
      { SAME: "x", OTHER: "a", GONE: "y" },
    );
    expect(lines.match(/^export \w+/gm)).to.deep.equal([
      "export NEW",
      "export OTHER",
    ]);
    const { stdout } = await runProgram("sh", [
      "-c",
      `${lines}printf '%s %s' "$NEW" "$OTHER"`,
    ]);
    expect(stdout).to.equal(`it's $HOME "there" b`);
  });
});

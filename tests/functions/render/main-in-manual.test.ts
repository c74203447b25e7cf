import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse, parseAllDocuments } from "yaml";
import { RENDER } from "../../support/built-programs.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const repository = join(import.meta.dirname, "../../..");

/** The code blocks of the page, in their order. */
const blocks = [
  ...readFileSync(join(repository, "docs/render.md"), "utf8").matchAll(
    /^```(\w+)\n([^]*?)^```/gm,
  ),
].map(([, language = "", text = ""]) => ({ language, text }));

describe("docs/render.md", function () {
  this.timeout(20_000);
  const directory = temporaryDirectory();

  before(() => {
    writeFileSync(
      join(directory, "stateful-deployments-render"),
      `#!/bin/sh\nexec '${process.execPath}' '${join(repository, RENDER)}' "$@"\n`,
      { mode: 0o755 },
    );
  });

  for (const [index, { language, text }] of blocks.entries()) {
    if (language !== "sh") continue;
    const next = blocks[index + 1];
    it(`shows what this prints: ${text.trim().split("\n")[0]}`, async () => {
      const { stdout, exitCode } = await runProgram(
        "bash",
        ["-euo", "pipefail", "-c", `cd '${repository}'; exec 2>&1; ${text}`],
        { env: { PATH: `${directory}:${process.env["PATH"]}` } },
      );
      expect(exitCode, stdout).to.equal(0);
      if (next?.language === "yaml")
        expect(parseAllDocuments(stdout)[0]?.toJS()).to.deep.equal(
          parse(next.text),
        );
      if (next?.language === "text" && !next.text.startsWith("kubectl "))
        expect(stdout).to.equal(next.text);
    });
  }

  it("has at least five commands to run", () => {
    expect(
      blocks.filter(({ language }) => language === "sh"),
    ).to.have.length.of.at.least(5);
  });
});

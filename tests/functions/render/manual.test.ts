import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse, parseAllDocuments } from "yaml";
import { RENDER } from "../../support/built-programs.ts";
import { runProgram } from "../../support/run-program.ts";

const repository = join(import.meta.dirname, "../../..");
const manual = readFileSync(join(repository, "docs/render.md"), "utf8");

/** The blocks of one section, in their order. */
interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [
  ...manual.matchAll(/^```(\w+)\n([^]*?)^```/gm),
].map(([, language = "", text = ""]) => ({ language, text }));

describe("docs/render.md", function () {
  this.timeout(20_000);
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "render-manual-"));
    const command = join(directory, "stateful-deployments-render");
    writeFileSync(
      command,
      `#!/bin/sh\nexec '${process.execPath}' '${join(repository, RENDER)}' "$@"\n`,
    );
    chmodSync(command, 0o755);
  });
  after(() => rmSync(directory, { recursive: true }));

  async function run(commands: string): Promise<string> {
    const { stdout, exitCode } = await runProgram(
      "bash",
      ["-euo", "pipefail", "-c", `cd '${repository}'; exec 2>&1; ${commands}`],
      { env: { PATH: `${directory}:${process.env["PATH"]}` } },
    );
    expect(exitCode, stdout).to.equal(0);
    return stdout;
  }

  it("has commands that work", () => {
    expect(
      blocks.filter(({ language }) => language === "sh"),
    ).to.have.length.of.at.least(5);
  });

  for (const [index, { language, text }] of blocks.entries()) {
    if (language !== "sh") continue;
    const next = blocks[index + 1];
    it(`works as it says: ${text.trim().split("\n")[0]}`, async () => {
      const output = await run(text);
      if (next?.language === "yaml")
        expect(parseAllDocuments(output)[0]?.toJS()).to.deep.equal(
          parse(next.text),
        );
      if (next?.language === "text" && !next.text.startsWith("kubectl "))
        expect(output).to.equal(next.text);
    });
  }
});

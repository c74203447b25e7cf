import { expect } from "chai";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import { runProgram } from "../../control-plane/run-program.ts";

const parser = new URL("../../../functions/template/parse.ts", import.meta.url);
const length = 32 * 1024;

/** Texts of the greatest length that is accepted, on which a YAML parser works longest. */
const WORST: Readonly<Record<string, string>> = {
  "lists in lists": "[".repeat(length),
  "objects in objects": "{".repeat(length),
  "keys without values": "? ".repeat(length / 2),
  quotes: '"'.repeat(length),
  "empty templates": "- {}\n".repeat(length / 5),
  "an object with 3000 keys": `{${Array.from({ length: 3_000 }, (_, index) => `k${index}: 1`).join(",")}}`,
  aliases: "- &a x\n- *a\n".repeat(length / 12),
};

/**
 * Runs in a process of its own: where coverage is counted, V8 optimises nothing. It counts time of the processor, because the
 * machine may be busy.
 */
const script = `
  const { parseTemplates } = await import(${JSON.stringify(parser.href)});
  const counts = [];
  for (const text of ${JSON.stringify(Object.values(WORST))}) {
    const { errors } = await parseTemplates({ ${JSON.stringify(TEMPLATE_TEMPLATES)}: text });
    counts.push(errors.length);
  }
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ counts, cpuMs: (user + system) / 1000 }));`;

describe("the worst texts of the greatest length", () => {
  it("W9: are rejected quickly, each with one problem", async () => {
    const { stdout, stderr } = await runProgram(
      process.execPath,
      ["--input-type=module", "-"],
      { input: script, env: { PATH: process.env["PATH"] } },
    );
    expect(stderr).to.equal("");
    const { counts, cpuMs } = JSON.parse(stdout) as {
      counts: number[];
      cpuMs: number;
    };
    expect(counts).to.deep.equal(Object.keys(WORST).map(() => 1));
    // About 1.5 s for all of them; without the limits of length and depth, minutes.
    expect(cpuMs).to.be.below(5_000);
  }).timeout(60_000);
});

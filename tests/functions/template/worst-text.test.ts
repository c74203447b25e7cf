import { expect } from "chai";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import { runProgram } from "../../support/run-program.ts";

const parser = new URL("../../../functions/template/parse.ts", import.meta.url)
  .href;
const length = 32 * 1024;

/** Texts of the greatest length that is accepted, on which a YAML parser works longest. */
const WORST: readonly { readonly name: string; readonly text: string }[] = [
  { name: "lists in lists", text: "[".repeat(length) },
  { name: "objects in objects", text: "{".repeat(length) },
  { name: "keys without values", text: "? ".repeat(length / 2) },
  { name: "quotes", text: '"'.repeat(length) },
  { name: "empty templates", text: "- {}\n".repeat(Math.floor(length / 5)) },
  {
    name: "an object with 3000 keys",
    text: `{${Array.from({ length: 3_000 }, (_, index) => `k${index}: 1`).join(",")}}`,
  },
  {
    name: "aliases",
    text: "- &a x\n- *a\n".repeat(Math.floor(length / 12)),
  },
];

interface Outcome {
  readonly errors: number;
  readonly cpuMs: number;
}

/**
 * Parses all of them in a process of its own, as the function is one: where coverage is counted, V8 optimises nothing, and
 * the time would be that of the counting. Time of the processor, not of the clock: the machine may be busy.
 */
async function parseAll(): Promise<Outcome[]> {
  const script = `
    const { parseTemplates } = await import(${JSON.stringify(parser)});
    const outcomes = [];
    for (const text of ${JSON.stringify(WORST.map(({ text }) => text))}) {
      const before = process.cpuUsage();
      const { errors } = await parseTemplates({ ${JSON.stringify(TEMPLATE_TEMPLATES)}: text });
      const { user, system } = process.cpuUsage(before);
      outcomes.push({ errors: errors.length, cpuMs: (user + system) / 1000 });
    }
    console.log(JSON.stringify(outcomes));`;
  const { stdout, stderr, exitCode } = await runProgram(
    process.execPath,
    ["--input-type=module", "-"],
    { input: script, env: { PATH: process.env["PATH"] } },
  );
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Outcome[];
}

describe("the worst texts of the greatest length", () => {
  it("W9: are refused quickly, each with one problem", async () => {
    const outcomes = await parseAll();
    expect(outcomes).to.have.lengthOf(WORST.length);
    for (const [index, { errors }] of outcomes.entries())
      expect(errors, WORST[index]?.name).to.equal(1);
    const cpuMs = outcomes.reduce((sum, outcome) => sum + outcome.cpuMs, 0);
    // About 1.3 s for all of them; without the limits of length and depth, minutes.
    expect(cpuMs).to.be.below(5_000);
  }).timeout(60_000);
});

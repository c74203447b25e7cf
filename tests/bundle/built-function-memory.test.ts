import { expect } from "chai";
import { FUNCTION } from "../support/built-programs.ts";
import { functionMemoryLimit } from "../support/function-memory-limit.ts";
import { LARGE_REVIEWS, sendLarge } from "../support/large-reviews.ts";
import { peakMemory } from "../support/process-usage.ts";
import { portOf, startProgram } from "../support/program.ts";

describe("the memory of the built function", function () {
  this.timeout(120_000);

  before(function () {
    if (process.platform === "linux") return;
    process.stderr.write(
      "Skipping the memory of the built function: only Linux reports it\n",
    );
    this.skip();
  });

  const cases = [
    { name: "escapes of an annotation", count: 12 },
    { name: "small annotations", count: 3 },
  ];
  for (const { count, name } of cases)
    it(`W13: leaves a fifth of the limit of the manifest when ${count} bodies of 20 MiB come at once (${name}), and all are admitted`, async () => {
      const make = LARGE_REVIEWS[name];
      if (make === undefined) throw new Error(`no large review of ${name}`);
      const limit = functionMemoryLimit();
      const program = startProgram(FUNCTION, {
        env: {
          PORT: "0",
          KUBECONFIG: "/nowhere/config",
          // Node gives its heap half of a container's memory.
          NODE_OPTIONS: `--max-old-space-size=${limit / 2}`,
        },
      });
      try {
        const port = await portOf(program);
        const { admitted, repeated } = await sendLarge(port, make(), count);
        expect(program.stderr()).to.equal("");
        expect(admitted).to.equal(count);
        expect(repeated).to.be.above(0);
        const peak = peakMemory(program.process.pid ?? 0);
        expect(peak).to.be.within(100, 0.8 * limit);
      } finally {
        program.process.kill("SIGKILL");
        await program.exited;
      }
    });
});

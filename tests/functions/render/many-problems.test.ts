import { expect } from "chai";
import { runProgram } from "../../support/run-program.ts";

const renderFiles = new URL(
  "../../../functions/render/render-files.ts",
  import.meta.url,
).href;

/** As many templates as a Pod can have, with eight problems each. */
const MANY = `kind: Pod
metadata:
  name: web
  annotations:
    volume-claim-template/templates: |
${Array.from(
  { length: 128 },
  (_, index) => `\
      - metadata: { name: v${index}, labels: { "-a": "-", "-b": "-" } }
        spec: { accessModes: [RWO], storageClassName: -x, volumeName: -x, resources: { requests: { storage: x } } }
`,
).join("")}\
spec:
  containers: [{ name: app }]
`;

describe("the places of many problems", () => {
  it("are found in one look at the annotation", async () => {
    // In a process of its own: where coverage is counted, V8 optimises nothing, and the time would be that of the counting.
    const { stdout, stderr } = await runProgram(
      process.execPath,
      ["--input-type=module", "-"],
      {
        input: `
          const { renderFiles } = await import(${JSON.stringify(renderFiles)});
          const before = process.cpuUsage();
          const { problems } = await renderFiles([{ file: "a.yaml", text: ${JSON.stringify(MANY)} }]);
          const { user, system } = process.cpuUsage(before);
          const lines = new Set(problems.map(({ line }) => line));
          console.log(JSON.stringify({ problems: problems.length, lines: lines.size, cpuMs: (user + system) / 1000 }));`,
        env: { PATH: process.env["PATH"] },
      },
    );
    expect(stderr).to.equal("");
    const { problems, lines, cpuMs } = JSON.parse(stdout) as {
      problems: number;
      lines: number;
      cpuMs: number;
    };
    expect(problems).to.be.at.least(1_024);
    expect(lines).to.be.at.least(2 * 128);
    // About 0.3 s; 15 s when each problem parsed the annotation again.
    expect(cpuMs).to.be.below(3_000);
  }).timeout(60_000);
});

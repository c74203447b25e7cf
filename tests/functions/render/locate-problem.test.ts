import { expect } from "chai";
import { renderFiles } from "../../../functions/render/render-files.ts";
import { itReports, manifestsIn, marked, rendered } from "./rendered.ts";

const PLACES = "render reports the place of";
const IN_TEXT = "in the full form render reports the place of";

describe(PLACES, () => {
  itReports(PLACES);

  it("all problems of a file, in the order of its lines", async () => {
    const manifests = manifestsIn(PLACES).map((text) => marked(text).text);
    const { problems } = await rendered(manifests.join("---\n"));
    const lines = problems.map((line) => Number(line.split(":")[1]));
    expect(lines).to.have.lengthOf(manifests.length);
    expect(lines).to.deep.equal(lines.toSorted((a, b) => a - b));
  });
});

describe(IN_TEXT, () => {
  itReports(IN_TEXT);

  it("more than a thousand problems, and parses the annotation once", async () => {
    const templates = Array.from(
      { length: 128 },
      (_, index) => `\
      - metadata: { name: v${index}, labels: { "-a": "-", "-b": "-" } }
        spec: { accessModes: [RWO], storageClassName: -x, volumeName: -x, resources: { requests: { storage: x } } }`,
    );
    const text = `kind: Pod
metadata:
  annotations:
    volume-claim-template/templates: |
${templates.join("\n")}
spec: { containers: [] }
`;
    const before = process.cpuUsage();
    const { problems } = await renderFiles([{ file: "a.yaml", text }]);
    const { user, system } = process.cpuUsage(before);
    expect(problems).to.have.length.of.at.least(1_024);
    expect(new Set(problems.map(({ line }) => line)))
      .to.have.property("size")
      .at.least(2 * 128);
    // About 0.3 s, 1 s while coverage is counted; 15 s when each problem parsed the annotation again.
    expect((user + system) / 1_000).to.be.below(5_000);
  }).timeout(60_000);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { examplesDirectory } from "../../support/examples.ts";
import { NAME, render } from "./render-program.ts";

/** Makes of Node one that is too old: its version, and some of what that has not. */
const OLD_NODE = `data:text/javascript,
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.11.0" } });
  delete process.getBuiltinModule;
  delete Map.groupBy;`;

describe("render exits with 2", function () {
  this.timeout(20_000);
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "render-"));
  });
  after(() => {
    if (directory) rmSync(directory, { recursive: true });
  });

  it("where it is called in a wrong way, a line for each mistake", async () => {
    expect(await render(["--loud", "-o", "toml"])).to.deep.equal({
      stdout: "",
      stderr: `${NAME}: --loud: unknown flag; --help lists those there are
${NAME}: -o: "toml" is neither yaml nor json
${NAME}: name files or directories with manifests, or - for standard input; --help has examples
`,
      exitCode: 2,
    });
  });

  it("where a file is not there, a line for each, and prints nothing", async () => {
    expect(
      await render(["nowhere.yaml", examplesDirectory, "*.nothing"]),
    ).to.deep.equal({
      stdout: "",
      stderr: `${NAME}: nowhere.yaml: there is no such file
${NAME}: *.nothing: no file matches this pattern
`,
      exitCode: 2,
    });
  });

  it("where a file is not there, and says all the same what is wrong in the others", async () => {
    const file = join(directory, "typo.yaml");
    writeFileSync(
      file,
      `kind: Pod
metadata:
  annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
spec: { nodeName: a, containers: [{ name: app }] }
---
a
---
kind: Pod
metadata: { annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi } }
spec: { nodeName: a, containers: [{ volumeMounts: [{ name: cache }] }] }
`,
    );
    const { stdout, stderr, exitCode } = await render([file, "nowhere.yaml"]);
    expect({ stdout, exitCode }).to.deep.equal({ stdout: "", exitCode: 2 });
    expect(stderr.trimEnd().split("\n")).to.deep.equal([
      `${NAME}: nowhere.yaml: there is no such file`,
      `${file}:10:1: warning: Pod: spec.nodeName "a" bypasses the scheduler: a claim of a WaitForFirstConsumer class will never bind`,
      `${file}:4:1: Pod: volume "cache" is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it`,
      `${file}:6:1: is not a Kubernetes object: it has no fields`,
    ]);
  });

  it("where Node.js is too old, before it needs anything of a newer one", async () => {
    for (const args of [[examplesDirectory], ["--help"], ["--loud"]])
      expect(await render(args, "", ["--import", OLD_NODE])).to.deep.equal({
        stdout: "",
        stderr: `${NAME}: needs Node.js 22.19 or newer, this is 20.11.0\n`,
        exitCode: 2,
      });
  });
});

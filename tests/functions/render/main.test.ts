import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import manifest from "../../../package.json" with { type: "json" };
import { RENDER } from "../../support/built-programs.ts";
import { examplesDirectory } from "../../support/examples.ts";
import { runProgram } from "../../support/run-program.ts";
import { NAME, render } from "./render-program.ts";

/** The modules of Node that a run has loaded. */
async function loadedBy(...args: readonly string[]): Promise<string[]> {
  const { stderr } = await runProgram(process.execPath, [
    "--import",
    `data:text/javascript,process.on("exit",()=>process.getBuiltinModule("fs").writeSync(2,process.moduleLoadList.join("\\n")))`,
    ...args,
  ]);
  return stderr.split("\n");
}

describe("render as a program", function () {
  this.timeout(20_000);
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "render-"));
    writeFileSync(join(directory, "not.yaml"), "a: [\n");
    writeFileSync(
      join(directory, "typo.yaml"),
      `kind: Pod
metadata:
  name: web
  annotations:
    volume-claim-template/name: cache
    volume-claim-template/storage: 1Gb
    volume-claim-template/retention: Delet
spec: { containers: [{ name: app, volumeMounts: [{ name: cache }] }] }
`,
    );
  });
  after(() => {
    if (directory) rmSync(directory, { recursive: true });
  });

  it("prints claims and patched objects, which parse back", async () => {
    const { stdout, stderr, exitCode } = await render([examplesDirectory]);
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    const documents = parseAllDocuments(stdout).map((document) => {
      expect(document.errors).to.deep.equal([]);
      return document.toJS() as { kind: string };
    });
    expect(
      documents.filter(({ kind }) => kind === "PersistentVolumeClaim"),
    ).to.have.length.of.at.least(10);
    const json = await render([examplesDirectory, "--output", "json"]);
    expect(json.exitCode).to.equal(0);
    expect(JSON.parse(json.stdout)).to.deep.equal({
      apiVersion: "v1",
      kind: "List",
      items: documents,
    });
  });

  it("renders what it has rendered to nothing more", async () => {
    const once = await render([join(examplesDirectory, "disk-cache.yaml")]);
    const twice = await render(["-"], once.stdout);
    expect(twice).to.deep.equal({
      stdout: "",
      stderr: `${NAME}: no Pod template asks for a claim in 1 file\n`,
      exitCode: 0,
    });
  });

  it("says when there is nothing to show, and shows nothing", async () => {
    for (const flags of [[], ["--summary"]])
      expect(await render([...flags, "-"], "kind: Service\n")).to.deep.equal({
        stdout: "",
        stderr: `${NAME}: no Pod template asks for a claim in 1 file\n`,
        exitCode: 0,
      });
  });

  it("says above each document what it is", async () => {
    const { stdout } = await render([
      join(examplesDirectory, "mounted-only.yaml"),
      join(examplesDirectory, "postgres.yaml"),
    ]);
    expect(stdout.match(/^#.*$/gm)).to.deep.equal([
      "# Pod/agent-1 gets a claim like this, with a <hash> of its own.",
      "# Pod/agent-1 as it will be. To look at: apply the manifest itself.",
      "# Pod/agent-2 gets a claim like this, with a <hash> of its own.",
      "# Pod/agent-2 as it will be. To look at: apply the manifest itself.",
      "# Each Pod of Deployment/postgres gets a claim like this, with a <hash> of its own.",
      "# Deployment/postgres as its Pods will be. To look at: apply the manifest itself.",
    ]);
  });

  it("reads standard input, and summarizes as a table and as JSON", async () => {
    const text = (await render([examplesDirectory, "-o", "json"])).stdout;
    expect(text).to.include('"List"');
    const table = await render(["--summary", examplesDirectory]);
    expect(table.stdout).to.match(/^WORKLOAD .*\n(.*\n){10,}\ntotal /);
    const json = await render([
      "--summary",
      "--output=json",
      join(examplesDirectory, "disk-cache.yaml"),
    ]);
    expect(JSON.parse(json.stdout)).to.have.nested.property(
      "totals[0].rolloutClaims",
      4,
    );
  });

  it("says everything that is wrong in all files, and prints nothing else", async () => {
    const [not, typo] = ["not.yaml", "typo.yaml"].map((name) =>
      join(directory, name),
    ) as [string, string];
    const good = join(examplesDirectory, "job.yaml");
    const { stdout, stderr, exitCode } = await render(
      [typo, good, not, "-"],
      "- a\n",
    );
    expect(exitCode).to.equal(1);
    expect(stdout).to.equal("");
    expect(stderr.trimEnd().split("\n")).to.deep.equal([
      `${typo}:6:5: Pod/web: annotation volume-claim-template/storage: "1Gb" is not a Kubernetes quantity; write it like 10Gi or 500M`,
      `${typo}:7:5: Pod/web: annotation volume-claim-template/retention: "Delet" is not supported; known are Delete, Retain`,
      `${not}:2:1: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]`,
      "<stdin>:1:1: is not a Kubernetes object: it has no fields",
    ]);
  });

  it("warns and goes on", async () => {
    const { stdout, stderr, exitCode } = await render(
      ["-"],
      `kind: Deployment
metadata: { name: web, annotations: { volume-claim-template/name: cache } }
spec: { template: { spec: { containers: [] } } }
`,
    );
    expect({ stdout, exitCode }).to.deep.equal({ stdout: "", exitCode: 0 });
    expect(stderr).to.match(
      /^<stdin>:2:39: warning: Deployment\/web metadata\.annotations: nothing reads /,
    );
  });

  it("has a help and a version", async () => {
    const help = await render(["--help"]);
    expect(help.exitCode).to.equal(0);
    expect(help.stdout).to.match(/^Shows what .*\n[^]*Exit codes:\n/);
    expect(await render(["--version"])).to.deep.equal({
      stdout: `${manifest.version}\n`,
      stderr: "",
      exitCode: 0,
    });
  });

  it("ends quietly when the other end of the pipe has seen enough", async () => {
    const { stderr, exitCode } = await runProgram("bash", [
      "-o",
      "pipefail",
      "-c",
      `for i in {1..40}; do cat examples/disk-cache.yaml; echo ---; done | '${process.execPath}' ${RENDER} - | head -1`,
    ]);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: "", exitCode: 0 });
  });

  it("gives a slow reader everything", async () => {
    const { stdout } = await runProgram("bash", [
      "-c",
      `for i in {1..200}; do cat examples/disk-cache.yaml; echo ---; done | '${process.execPath}' ${RENDER} - | (sleep 1; grep -c 'kind: Deployment')`,
    ]);
    expect(stdout).to.equal("200\n");
  });

  it("is what `npm run render` runs from the sources", async () => {
    const args = ["--summary", join(examplesDirectory, "disk-cache.yaml")];
    const fromSources = await runProgram(process.execPath, [
      "functions/render/main.ts",
      ...args,
    ]);
    expect(fromSources).to.deep.equal(await render(args));
    expect(manifest.scripts.render).to.equal("node functions/render/main.ts");
  });

  it("loads nothing of Node that takes time, for a file", async () => {
    const before = await loadedBy("--eval", "0");
    expect(before).to.include("NativeModule events");
    const more = (
      await loadedBy(RENDER, join(examplesDirectory, "disk-cache.yaml"))
    ).filter((name) => !before.includes(name));
    // What reads the flags; streams, cryptography and workers are not among it.
    expect(more).to.deep.equal([
      "NativeModule internal/util/parse_args/utils",
      "NativeModule internal/util/parse_args/parse_args",
    ]);
  });

  it("keeps nothing of its own anywhere", async () => {
    const home = mkdtempSync(join(tmpdir(), "render-home-"));
    try {
      const { exitCode } = await runProgram(
        process.execPath,
        [RENDER, join(examplesDirectory, "disk-cache.yaml")],
        { env: { HOME: home, XDG_CACHE_HOME: home, TMPDIR: home } },
      );
      expect(exitCode).to.equal(0);
      expect(readdirSync(home)).to.deep.equal([]);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

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
});

import { mkdirSync, readdirSync } from "node:fs";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import manifest from "../../../package.json" with { type: "json" };
import { RENDER } from "../../support/built-programs.ts";
import { examplePath, examplesDirectory } from "../../support/examples.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import type { Ran } from "../../control-plane/run-program.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** The name of the program, with which its own messages begin. */
const NAME = "stateful-deployments-render";
const NOTHING = `${NAME}: no Pod template asks for a claim in 1 file\n`;

/** Gives it 60 Deployments, more than a pipe holds, and its output to `reader`. */
function pipe(reader: string, to = ""): Promise<Ran> {
  return runProgram("bash", [
    "-o",
    "pipefail",
    "-c",
    `for i in {1..60}; do cat examples/disk-cache.yaml; echo ---; done | '${process.execPath}' ${RENDER} - ${to} | ${reader}`,
  ]);
}

describe("the program render", function () {
  this.timeout(20_000);
  const directory = temporaryDirectory();
  let home: string;

  before(() => {
    home = join(directory, "home");
    mkdirSync(home);
  });

  /** Runs it without a cluster. */
  function render(
    args: readonly string[],
    input = "",
    nodeFlags: readonly string[] = [],
  ): Promise<Ran> {
    return runProgram(process.execPath, [...nodeFlags, RENDER, ...args], {
      input,
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        XDG_CACHE_HOME: home,
        TMPDIR: home,
        KUBECONFIG: "/nowhere",
      },
    });
  }

  /** Runs it on a Node.js that says it is of this version. */
  function renderOn(version: string, more = ""): Promise<Ran> {
    return render(["--help"], "", [
      "--import",
      `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });${more}`,
    ]);
  }

  /** Writes a manifest and returns its path. */
  function file(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }

  it("prints claims and patched objects as YAML and as JSON, of which it makes nothing more", async () => {
    const { stdout, stderr, exitCode } = await render([examplesDirectory]);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: "", exitCode: 0 });
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
    expect(await render(["-"], stdout)).to.deep.equal({
      stdout: "",
      stderr: NOTHING,
      exitCode: 0,
    });
  });

  it("summarizes standard input as a table and as JSON", async () => {
    const text = readFileSync(examplePath("disk-cache"), "utf8");
    const table = await render(["--summary", "-"], text);
    expect(table.stdout).to.match(/^WORKLOAD .*\nDeployment.*\n\ntotal /);
    const json = await render(["--summary", "--output=json", "-"], text);
    expect(JSON.parse(json.stdout)).to.have.nested.property(
      "totals[0].rolloutClaims",
      4,
    );
    expect(await render(["--summary", "-"], "kind: Service\n")).to.deep.equal({
      stdout: "",
      stderr: NOTHING,
      exitCode: 0,
    });
  });

  it("exits with 1, reports the problems of all files, and prints nothing else", async () => {
    const not = file("not.yaml", "a: [\n");
    const typo = file(
      "typo.yaml",
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
    const { stdout, stderr, exitCode } = await render(
      [typo, examplePath("job"), not, "-"],
      "- a\n",
    );
    expect({ stdout, exitCode }).to.deep.equal({ stdout: "", exitCode: 1 });
    expect(stderr.trimEnd().split("\n")).to.deep.equal([
      `${typo}:6:5: Pod/web: annotation volume-claim-template/storage: "1Gb" is not a Kubernetes quantity; write it like 10Gi or 500M`,
      `${typo}:7:5: Pod/web: annotation volume-claim-template/retention: "Delet" is not supported; known are Delete, Retain, Reuse`,
      `${not}:2:1: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]`,
      "<stdin>:1:1: is not a Kubernetes object: it has no fields",
    ]);
  });

  it("exits with 2 for files that do not exist, and reports the problems of the others", async () => {
    const path = file(
      "mixed.yaml",
      `kind: Pod
metadata: { annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi } }
spec: { nodeName: a, containers: [{ name: app }] }
---
kind: Pod
metadata: { annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi } }
spec: { nodeName: a, containers: [{ volumeMounts: [{ name: cache }] }] }
`,
    );
    const { stdout, stderr, exitCode } = await render([
      path,
      "nowhere.yaml",
      examplesDirectory,
      "*.nothing",
    ]);
    expect({ stdout, exitCode }).to.deep.equal({ stdout: "", exitCode: 2 });
    expect(stderr.trimEnd().split("\n")).to.deep.equal([
      `${NAME}: nowhere.yaml: there is no such file`,
      `${NAME}: *.nothing: no file matches this pattern`,
      `${path}:7:1: warning: Pod: spec.nodeName "a" bypasses the scheduler: a claim of a WaitForFirstConsumer class will never bind`,
      `${path}:3:1: Pod: volume "cache" is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it`,
    ]);
  });

  it("warns and exits with 0", async () => {
    const { stdout, stderr, exitCode } = await render(
      ["-"],
      "kind: Deployment\nmetadata: { name: web, annotations: { volume-claim-template/name: cache } }\n",
    );
    expect({ stdout, exitCode }).to.deep.equal({ stdout: "", exitCode: 0 });
    expect(stderr).to.match(
      /^<stdin>:2:39: warning: Deployment\/web metadata\.annotations: nothing reads /,
    );
  });

  it("escapes invisible characters of file names, problems and flags, and exits with 2", async () => {
    const odd = "\u001B\n\u200B\u202E\u{E0041}";
    const shown = "\\u001b\\n\\u200b\\u202e\\u{e0041}";
    const path = file(`a${odd}.yaml`, '"\u200B": [\n');
    const problem = await render([path, `nowhere${odd}.yaml`]);
    expect(problem.stderr.split("\n")).to.have.lengthOf(3);
    expect(problem.stderr)
      .to.match(/^[\n -~]*$/)
      .and.to.include(`${NAME}: nowhere${shown}.yaml: there is no such file`)
      .and.to.include(`/a${shown}.yaml:2:1: is not YAML: `);
    const flags = await render([`--flag${odd}`, "x"]);
    expect(flags).to.include({ stdout: "", exitCode: 2 });
    expect(flags.stderr)
      .to.match(/^[ -~]*\n$/)
      .and.to.include(shown);
  });

  it("has a help and a version, also from the sources", async () => {
    const help = await render(["--help"]);
    expect(help.exitCode).to.equal(0);
    expect(help.stdout).to.match(/^Shows what .*\n[^]*Exit codes:\n/);
    const version = await render(["--version"]);
    expect(version).to.deep.equal({
      stdout: `${manifest.version}\n`,
      stderr: "",
      exitCode: 0,
    });
    const [node, ...args] = manifest.scripts.render.split(" ");
    expect(node).to.equal("node");
    expect(
      await runProgram(process.execPath, [...args, "--version"]),
    ).to.deep.equal(version);
  });

  it("ends without a message when the reader of a pipe has gone, gives a slow reader everything, and fails on a full disk", async () => {
    const { stderr, exitCode } = await pipe("head -1");
    expect({ stderr, exitCode }).to.deep.equal({ stderr: "", exitCode: 0 });
    const slow = await pipe("(sleep 0.5; grep -c 'kind: Deployment')");
    expect(slow.stdout).to.equal("60\n");
    const full = await pipe("cat", "> /dev/full");
    expect(full.exitCode).not.to.equal(0);
    expect(full.stderr).to.include("ENOSPC");
  }).timeout(60_000);

  it("loads no module of Node that takes time", async () => {
    const print = `data:text/javascript,process.on("exit",()=>process.getBuiltinModule("fs").writeSync(2,process.moduleLoadList.join("\\n")))`;
    const loadedBy = async (...args: readonly string[]): Promise<string[]> =>
      (
        await runProgram(process.execPath, ["--import", print, ...args])
      ).stderr.split("\n");
    const before = await loadedBy("--eval", "0");
    expect(before).to.include("NativeModule events");
    const after = await loadedBy(RENDER, examplePath("disk-cache"));
    // It loads what reads the flags, and neither streams nor cryptography nor workers.
    expect(after.filter((name) => !before.includes(name))).to.deep.equal([
      "NativeModule internal/util/parse_args/utils",
      "NativeModule internal/util/parse_args/parse_args",
    ]);
  });

  it("accepts the oldest Node.js of package.json, and exits with 2 on an older one before it needs a newer", async () => {
    const oldest = manifest.engines.node.replace(/^>=/, "");
    expect(await renderOn(`${oldest}.0`)).to.include({
      stderr: "",
      exitCode: 0,
    });
    const [major, minor] = oldest.split(".").map(Number);
    for (const [version, more] of [
      [`${major}.${Number(minor) - 1}.9`, ""],
      ["20.30.0", "delete process.getBuiltinModule; delete Map.groupBy;"],
    ] as const)
      expect(await renderOn(version, more)).to.deep.equal({
        stdout: "",
        stderr: `${NAME}: needs Node.js ${oldest} or newer, this is ${version}\n`,
        exitCode: 2,
      });
  });

  it("has written no file of its own", () => {
    expect(readdirSync(home)).to.deep.equal([]);
  });
});

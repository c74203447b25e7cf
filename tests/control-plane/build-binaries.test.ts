import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { processesOf } from "../support/processes-of.ts";
import { buildBinaries } from "./build-binaries.ts";

const goMod = `module control-plane

go 1.26.0

require (
	k8s.io/kubernetes v1.36.3 // indirect
)
`;

/** Stands for the real Go, which takes minutes: answers as it does and "builds" by making files. */
function fakeGo(module: string, build: string): string {
  return `#!/bin/sh
case $2 in -deps | -v) echo "$*" >> asked ;; esac
case $1 in
  version) echo "go version go1.26.8 linux/amd64" ;;
  list)
    case $2 in
      -deps) printf '\\n.\\n\\n.\\n' ;;
      *) echo "${module}" ;;
    esac ;;
  build)
    echo "go: downloading k8s.io/kubernetes v1.36.3" >&2
    echo "k8s.io/kubernetes/cmd/kubectl" >&2
    arguments=$*
    while [ "$1" != -o ]; do shift; done
    output=$2
    ${build}
    ;;
esac
`;
}

const success = `for name in server kube-apiserver; do echo "built by $$" > "$output/$name"; done`;

describe("buildBinaries", function () {
  this.timeout(20_000);

  let scratch: string;
  let directory: string;

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "build-"));
    directory = path.join(scratch, "cache", "control-plane");
    await writeFile(path.join(scratch, "go.mod"), goMod);
    for (const stage of [
      "node/fast",
      "node/heartbeat-with-lease",
      "pod/fast",
    ]) {
      const source = path.join(scratch, "kwok/kustomize/stage", stage);
      await mkdir(source, { recursive: true });
      const name = `${stage.replace("/", "-")}.yaml`;
      await writeFile(path.join(source, name), "kind: Stage");
      await writeFile(path.join(source, "kustomization.yaml"), "");
      await writeFile(path.join(source, "README.md"), "");
    }
  });
  afterEach(() => rm(scratch, { recursive: true }));

  async function installGo(script: string): Promise<void> {
    await mkdir(path.join(scratch, "bin"), { recursive: true });
    await writeFile(
      path.join(scratch, "bin", "go"),
      fakeGo(path.join(scratch, "kwok"), script),
      { mode: 0o755 },
    );
  }

  async function build(script: string): Promise<string> {
    await installGo(script);
    return await buildAgain();
  }

  async function buildAgain({ isTTY = false } = {}): Promise<string> {
    const progress = Object.assign(new PassThrough(), { isTTY });
    const shown = text(progress);
    await buildBinaries({
      moduleDirectory: scratch,
      directory,
      env: { PATH: `${scratch}/bin:/usr/bin:/bin` },
      progress,
    }).finally(() => progress.end());
    return shown;
  }

  it("puts the programs and kwok's stages into the cache and tells how it went", async () => {
    const shown = await build(success);
    expect(await readdir(directory)).to.have.members([
      "etcd",
      "kube-apiserver",
      "stages",
    ]);
    expect(await readdir(path.join(directory, "stages"))).to.have.members([
      "node-fast.yaml",
      "node-heartbeat-with-lease.yaml",
      "pod-fast.yaml",
    ]);
    expect(await readdir(path.dirname(directory))).to.deep.equal([
      "control-plane",
    ]);
    expect(shown).to.match(
      /\nBuilding the test control plane: done after \d+ s, 100 % \(packages compiled: 1\)\n$/,
    );
  });

  it("shows the share of what Go has to compile, found out with the flags of the build", async () => {
    // Two packages, as the listing above says, of which one is compiled when the terminal is written to.
    await installGo(`sleep 1; ${success}`);
    const shown = await buildAgain({ isTTY: true });
    expect(shown).to.include(", 50 % (1 of 2 packages compiled)");
    const asked = await readFile(path.join(scratch, "asked"), "utf8");
    const [listed, built] = asked
      .trim()
      .split("\n")
      .map((line) => /-trimpath -ldflags=.* (?=-)/.exec(line)?.[0].trim());
    expect(listed).to.match(/^-trimpath -ldflags=-s -w -X/);
    expect(built).to.equal(listed);
  });

  it("builds all the same where nothing can be listed", async () => {
    await installGo(success);
    const file = path.join(scratch, "bin", "go");
    const script = await readFile(file, "utf8");
    await writeFile(
      file,
      script.replace("-deps) printf", "-deps) exit 1; printf"),
    );
    expect(await buildAgain()).to.include("(packages compiled: 1)");
    expect(await readdir(directory)).to.include("kube-apiserver");
  });

  it("gives the programs the version that go.mod pins", async () => {
    await build(
      `echo "$arguments" > "$output/arguments"; touch "$output/server"`,
    );
    const given = await readFile(path.join(directory, "arguments"), "utf8");
    const variable = "-X k8s.io/component-base/version";
    expect(given).to.include(
      `-ldflags=-s -w ${variable}.gitVersion=v1.36.3 ${variable}.gitMajor=1 ${variable}.gitMinor=36 `,
    );
    expect(given).to.match(/ tool\n$/);
  });

  it("shows the end of go's output when the build fails, and leaves no half cache", async () => {
    const error: unknown = await build(
      `touch "$output/server"; echo "x.go:1:1: syntax error" >&2; exit 1`,
    ).catch((reason: unknown) => reason);
    expect(String(error)).to.match(
      /^Error: go build of the control plane failed \(exit code 1\); the end of its output:\n(.*\n)*x\.go:1:1: syntax error$/,
    );
    expect(await readdir(path.dirname(directory))).to.deep.equal([]);
  });

  it("leaves one complete cache when two build at the same time", async () => {
    // Before both: a program that is being written cannot be started.
    await installGo(`sleep 0.2; ${success}`);
    await Promise.all([buildAgain(), buildAgain()]);
    expect(await readdir(path.dirname(directory))).to.deep.equal([
      "control-plane",
    ]);
    const programs = ["etcd", "kube-apiserver"].map((name) =>
      readFile(path.join(directory, name), "utf8"),
    );
    const [etcd, apiServer] = await Promise.all(programs);
    expect(etcd).to.match(/^built by \d+\n$/);
    expect(apiServer).to.equal(etcd);
  });

  it("ends go and leaves no half cache when it is killed", async () => {
    await build(success);
    await rm(directory, { recursive: true });
    await writeFile(
      path.join(scratch, "bin", "go"),
      fakeGo(scratch, `touch "$output/server"; sh -c "sleep 600; :" "$output"`),
    );
    const source = pathToFileURL(
      path.join(import.meta.dirname, "build-binaries.ts"),
    ).href;
    const options = {
      moduleDirectory: scratch,
      directory,
      env: { PATH: `${scratch}/bin:/usr/bin:/bin` },
    };
    const program = `
      import { buildBinaries } from ${JSON.stringify(source)};
      await buildBinaries({ ...${JSON.stringify(options)}, progress: process.stderr });
    `;
    const child = spawn(
      process.execPath,
      ["--input-type=module", "--eval", program],
      { stdio: "ignore" },
    );
    const exited = once(child, "exit");
    try {
      await eventually("half a cache", async () => {
        const [half] = await readdir(path.dirname(directory));
        const files = await readdir(
          path.join(path.dirname(directory), half ?? ""),
        );
        return files.includes("server");
      });
      // The program above, its reaper, go, and what go has started.
      expect(await processesOf(directory)).to.have.length(4);
    } finally {
      child.kill("SIGKILL");
      await exited;
    }
    await eventually(
      "nothing left",
      async () =>
        (await readdir(path.dirname(directory))).length === 0 &&
        (await processesOf(directory)).length === 0,
    );
  });
});

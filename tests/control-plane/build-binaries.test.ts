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

/** Stands for Go, which takes minutes: answers as it does and "builds" with the shell commands given. */
function fakeGo(module: string, commands: string): string {
  return `#!/bin/sh
case "$1 $2" in
  version*) echo "go version go1.26.8 linux/amd64" ;;
  "list -deps") printf '\\n.\\n\\n.\\n' ;;
  list*) echo "${module}" ;;
  build*)
    echo "k8s.io/kubernetes/cmd/kubectl" >&2
    arguments=$*
    while [ "$1" != -o ]; do shift; done
    output=$2
    ${commands}
    ;;
esac
`;
}

const success =
  'for name in server kube-apiserver; do echo "$$ $arguments" > "$output/$name"; done';
const stages = ["node/fast", "node/heartbeat-with-lease", "pod/fast"];

describe("buildBinaries", function () {
  this.timeout(20_000);
  let scratch: string;
  let cache: string;
  let directory: string;

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "build-"));
    cache = path.join(scratch, "cache");
    directory = path.join(cache, "control-plane");
    await mkdir(path.join(scratch, "bin"));
    await writeFile(path.join(scratch, "go.mod"), goMod);
    for (const stage of stages) {
      const source = path.join(scratch, "kwok/kustomize/stage", stage);
      await mkdir(source, { recursive: true });
      for (const name of [stage.replace("/", "-"), "kustomization"])
        await writeFile(path.join(source, `${name}.yaml`), "");
    }
  });
  afterEach(() => rm(scratch, { recursive: true }));

  async function installGo(commands: string): Promise<void> {
    await writeFile(
      path.join(scratch, "bin/go"),
      fakeGo(path.join(scratch, "kwok"), commands),
      { mode: 0o755 },
    );
  }

  const options = () => ({
    moduleDirectory: scratch,
    directory,
    env: { PATH: `${scratch}/bin:/usr/bin:/bin` },
  });

  /** Returns the progress that it shows. */
  async function build(): Promise<string> {
    const progress = new PassThrough();
    const shown = text(progress);
    await buildBinaries({ ...options(), progress }).finally(() =>
      progress.end(),
    );
    return shown;
  }

  it("puts the programs, in the version of go.mod, and kwok's stages into the cache", async () => {
    await installGo(success);
    expect(await build()).to.match(
      /\nBuilding the test control plane: done after 0 min \d\d s, 1 of 2 packages compiled\n$/,
    );
    expect(await readdir(cache)).to.deep.equal(["control-plane"]);
    expect(await readdir(directory)).to.have.members([
      "etcd",
      "kube-apiserver",
      "stages",
    ]);
    expect(await readdir(path.join(directory, "stages"))).to.have.members(
      stages.map((stage) => `${stage.replace("/", "-")}.yaml`),
    );
    const variable = "-X k8s.io/component-base/version";
    expect(await readFile(path.join(directory, "etcd"), "utf8")).to.include(
      `-ldflags=-s -w ${variable}.gitVersion=v1.36.3 ${variable}.gitMajor=1 ${variable}.gitMinor=36 `,
    );
  });

  it("shows the end of Go's output when the build fails, and leaves no half cache", async () => {
    await installGo(
      `touch "$output/server"; echo "x.go:1:1: syntax error" >&2; exit 1`,
    );
    const error: unknown = await build().catch((reason: unknown) => reason);
    expect(String(error)).to.match(
      /^Error: go build of the control plane failed \(exit code 1\); the end of its output:\n(.*\n)*x\.go:1:1: syntax error$/,
    );
    expect(await readdir(cache)).to.deep.equal([]);
  });

  it("leaves one complete cache when two build at the same time", async () => {
    await installGo(`sleep 0.2; ${success}`);
    await Promise.all([build(), build()]);
    expect(await readdir(cache)).to.deep.equal(["control-plane"]);
    const [etcd, apiServer] = await Promise.all(
      ["etcd", "kube-apiserver"].map((name) =>
        readFile(path.join(directory, name), "utf8"),
      ),
    );
    expect(apiServer).to.equal(etcd);
  });

  it("ends Go and leaves no half cache when it is killed", async () => {
    await installGo(`touch "$output/server"; sh -c "sleep 600; :" "$output"`);
    const source = path.join(import.meta.dirname, "build-binaries.ts");
    const child = spawn(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { buildBinaries } from ${JSON.stringify(source)};
         await buildBinaries({ ...${JSON.stringify(options())}, progress: process.stderr });`,
      ],
      { stdio: "ignore" },
    );
    const exited = once(child, "exit");
    try {
      await eventually("half a cache", async () => {
        const [half = ""] = await readdir(cache);
        return (await readdir(path.join(cache, half))).includes("server");
      });
      // The program above, its reaper, Go, and what Go has started.
      expect(await processesOf(directory)).to.have.length(4);
    } finally {
      child.kill("SIGKILL");
      await exited;
    }
    await eventually(
      "nothing left",
      async () =>
        (await readdir(cache)).length === 0 &&
        (await processesOf(directory)).length === 0,
    );
  });
});

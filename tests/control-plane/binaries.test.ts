import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { findBinaries } from "./binaries.ts";
import { buildBinaries } from "./build-binaries.ts";

/** What people meet in the first minute: the programs are missing, and are built. */
describe("the programs of the control plane", () => {
  let scratch: string;
  let cache: string;

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "binaries-"));
    cache = path.join(scratch, "cache");
  });
  afterEach(() => rm(scratch, { recursive: true }));

  async function installGo(script: string): Promise<void> {
    const go = path.join(scratch, "go");
    await writeFile(go, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  for (const { there, says } of [
    { there: ["etcd"], says: "no kube-apiserver" },
    { there: [], says: "no etcd and no kube-apiserver" },
  ])
    it(`with KUBEBUILDER_ASSETS that has ${says}, the message says what to do`, async () => {
      for (const name of there)
        await writeFile(path.join(scratch, name), "", { mode: 0o755 });
      const found = findBinaries({ env: { KUBEBUILDER_ASSETS: scratch } });
      expect(await messageOf(found)).to.equal(
        `Error: KUBEBUILDER_ASSETS ${scratch} has ${says}: set KUBEBUILDER_ASSETS to a directory with etcd ` +
          "and kube-apiserver, or unset it to have them built",
      );
    });

  for (const { go, says } of [
    { go: "exit 1", says: "no go that works is on the PATH" },
    {
      go: 'echo "go version go1.22.3 linux/amd64"',
      says: "the go on the PATH is go1.22.3",
    },
  ])
    it(`when ${says}, one message names both ways out`, async () => {
      await installGo(go);
      const env = { PATH: scratch, XDG_CACHE_HOME: cache };
      expect(await messageOf(findBinaries({ env }))).to.equal(
        `Error: The test control plane has to be built once, and that needs Go >= 1.26: ${says}. ` +
          "Either install Go >= 1.26, or set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver.",
      );
      expect(await readdir(scratch)).not.to.include("cache");
    });

  /** Builds with a Go that does this, instead of some minutes of work. Returns the progress that it shows. */
  async function build(work: string): Promise<string> {
    for (const stage of [
      "node/fast",
      "node/heartbeat-with-lease",
      "pod/fast",
    ]) {
      const source = path.join(scratch, "kustomize/stage", stage);
      await mkdir(source, { recursive: true });
      for (const name of [stage.replace("/", "-"), "kustomization"])
        await writeFile(path.join(source, `${name}.yaml`), "");
    }
    await writeFile(
      path.join(scratch, "go.mod"),
      "go 1.26.0\n\nrequire (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)\n",
    );
    await installGo(`
case "$1" in
  version) echo "go version go1.26.8 linux/amd64" ;;
  list) echo "${scratch}" ;;
  build) arguments=$*; while [ "$1" != -o ]; do shift; done; output=$2; ${work} ;;
esac`);
    const progress = new PassThrough();
    const shown = text(progress);
    await buildBinaries({
      moduleDirectory: scratch,
      directory: path.join(cache, "control-plane"),
      env: { PATH: `${scratch}:/usr/bin:/bin` },
      progress,
    }).finally(() => progress.end());
    return shown;
  }

  it("are built in the version of go.mod, and put into the cache with kwok's stages", async () => {
    const work =
      'echo k8s.io/a >&2; for name in server kube-apiserver; do echo "$arguments" > "$output/$name"; done';
    expect(await build(work)).to.match(
      /^Building .* once .*\n.*: done after 0 min, 1 package compiled\n$/,
    );
    const built = path.join(cache, "control-plane");
    expect(await readdir(cache)).to.deep.equal(["control-plane"]);
    expect((await readdir(built)).toSorted()).to.deep.equal([
      "etcd",
      "kube-apiserver",
      "stages",
    ]);
    expect(
      (await readdir(path.join(built, "stages"))).toSorted(),
    ).to.deep.equal([
      "node-fast.yaml",
      "node-heartbeat-with-lease.yaml",
      "pod-fast.yaml",
    ]);
    const variable = "-X k8s.io/component-base/version";
    expect(await readFile(path.join(built, "etcd"), "utf8")).to.include(
      `-ldflags=-s -w ${variable}.gitVersion=v1.36.3 ${variable}.gitMajor=1 ${variable}.gitMinor=36 `,
    );
  });

  it("leave no half cache when the build fails, and the message ends with Go's output", async () => {
    const work = 'touch "$output/server"; echo "x.go:1:1: wrong" >&2; exit 1';
    expect(await messageOf(build(work))).to.match(
      /^Error: go build of the control plane failed \(exit code 1\); the end of its output:\nx\.go:1:1: wrong$/,
    );
    expect(await readdir(cache)).to.deep.equal([]);
  });
});

function messageOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(() => "no error", String);
}

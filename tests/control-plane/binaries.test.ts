import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { cacheDirectory, findBinaries } from "./binaries.ts";

describe("findBinaries", () => {
  let scratch: string;

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "binaries-"));
  });
  afterEach(() => rm(scratch, { recursive: true }));

  async function make(files: readonly string[], mode = 0o755): Promise<void> {
    for (const file of files) {
      await mkdir(path.dirname(path.join(scratch, file)), { recursive: true });
      await writeFile(path.join(scratch, file), "", { mode });
    }
  }

  const find = () => findBinaries({ env: { KUBEBUILDER_ASSETS: scratch } });

  it("says which programs are missing from KUBEBUILDER_ASSETS", async () => {
    await make(["etcd", "kube-apiserver", "kwok"]);
    // Not executable, so no program.
    await make(["kubectl"], 0o644);
    const binaries = await find();
    expect(binaries.missing).to.deep.equal([
      "kube-controller-manager",
      "kube-scheduler",
      "kubectl",
      // It has no stages.
      "kwok",
    ]);
    expect(binaries.path("etcd")).to.equal(path.join(scratch, "etcd"));
    expect(() => binaries.path("kwok")).to.throw(
      `KUBEBUILDER_ASSETS ${scratch} has no kwok`,
    );
    await make(["stages/pod-ready.yaml"]);
    const { missing, stageFiles } = await find();
    expect(missing).not.to.include("kwok");
    expect(stageFiles).to.deep.equal([
      path.join(scratch, "stages/pod-ready.yaml"),
    ]);
  });

  for (const { there, says } of [
    { there: ["etcd"], says: "no kube-apiserver" },
    { there: [], says: "no etcd and no kube-apiserver" },
  ])
    it(`rejects KUBEBUILDER_ASSETS with ${says}, and says what to do`, async () => {
      await make(there);
      const error: unknown = await find().catch((reason: unknown) => reason);
      expect(String(error)).to.equal(
        `Error: KUBEBUILDER_ASSETS ${scratch} has ${says}: set KUBEBUILDER_ASSETS to a directory with etcd ` +
          "and kube-apiserver, or unset it to have them built",
      );
    });

  for (const { name, go, says } of [
    {
      name: "is missing",
      go: "exit 1",
      says: "no go that works is on the PATH",
    },
    {
      name: "is too old",
      go: 'echo "go version go1.22.3 linux/amd64"',
      says: "the go on the PATH is go1.22.3",
    },
  ])
    it(`names both ways out in one message when Go ${name}`, async () => {
      const script = `#!/bin/sh\n${go}\n`;
      await writeFile(path.join(scratch, "go"), script, { mode: 0o755 });
      const error: unknown = await findBinaries({
        env: { PATH: scratch, XDG_CACHE_HOME: path.join(scratch, "cache") },
      }).catch((reason: unknown) => reason);
      expect(String(error)).to.equal(
        `Error: The test control plane has to be built once, and that needs Go >= 1.26: ${says}. ` +
          "Either install Go >= 1.26, or set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver.",
      );
      expect(await readdir(scratch)).not.to.include("cache");
    });
});

describe("cacheDirectory", () => {
  const HOME = "/home/me";
  for (const { name, env, platform, parent } of [
    {
      name: "XDG_CACHE_HOME",
      env: { HOME, XDG_CACHE_HOME: "/var/cache/me" },
      platform: "linux",
      parent: "/var/cache/me",
    },
    {
      name: "~/.cache rather than a relative XDG_CACHE_HOME",
      env: { HOME, XDG_CACHE_HOME: "cache" },
      platform: "linux",
      parent: "/home/me/.cache",
    },
    {
      name: "~/Library/Caches on macOS",
      env: { HOME },
      platform: "darwin",
      parent: "/home/me/Library/Caches",
    },
  ] as const)
    it(`is below ${name}`, async () => {
      const directory = await cacheDirectory(env, platform);
      expect(path.dirname(directory)).to.equal(
        path.join(parent, "stateful-deployments"),
      );
      expect(path.basename(directory)).to.match(/^control-plane-[0-9a-f]{12}$/);
    });
});

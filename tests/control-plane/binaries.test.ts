import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { cacheDirectory, findBinaries, type Program } from "./binaries.ts";

describe("findBinaries", () => {
  let scratch: string;

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "binaries-"));
  });
  afterEach(() => rm(scratch, { recursive: true }));

  async function directoryWith(...programs: Program[]): Promise<string> {
    const directory = path.join(scratch, "assets");
    await mkdir(directory);
    for (const program of programs) {
      await writeFile(path.join(directory, program), "", { mode: 0o755 });
    }
    return directory;
  }

  describe("with KUBEBUILDER_ASSETS", () => {
    it("says which programs are missing from a directory of envtest", async () => {
      const directory = await directoryWith(
        "etcd",
        "kube-apiserver",
        "kubectl",
      );
      const binaries = await findBinaries({
        env: { KUBEBUILDER_ASSETS: directory },
      });
      expect(binaries.source).to.equal("KUBEBUILDER_ASSETS");
      expect(binaries.missing).to.deep.equal([
        "kube-controller-manager",
        "kube-scheduler",
        "kwok",
      ]);
      expect(binaries.path("kubectl")).to.equal(
        path.join(directory, "kubectl"),
      );
      expect(() => binaries.path("kwok")).to.throw(
        `KUBEBUILDER_ASSETS ${directory} has no kwok`,
      );
    });

    it("counts kwok as missing without its stages, and as there with them", async () => {
      const directory = await directoryWith("etcd", "kube-apiserver", "kwok");
      const env = { KUBEBUILDER_ASSETS: directory };
      expect((await findBinaries({ env })).missing).to.include("kwok");
      const stage = path.join(directory, "stages", "pod-ready.yaml");
      await mkdir(path.dirname(stage));
      await writeFile(stage, "");
      const binaries = await findBinaries({ env });
      expect(binaries.missing).not.to.include("kwok");
      expect(binaries.stageFiles).to.deep.equal([stage]);
    });

    it("does not take a file for a program that cannot be executed", async () => {
      const directory = await directoryWith(
        "etcd",
        "kube-apiserver",
        "kubectl",
      );
      await chmod(path.join(directory, "kubectl"), 0o644);
      const env = { KUBEBUILDER_ASSETS: directory };
      expect((await findBinaries({ env })).missing).to.include("kubectl");
    });

    const indispensable = [
      { name: "kube-apiserver", there: ["etcd"], said: "no kube-apiserver" },
      { name: "etcd", there: ["kube-apiserver"], said: "no etcd" },
      { name: "both", there: [], said: "no etcd and no kube-apiserver" },
    ] as const;
    for (const { name, there, said } of indispensable) {
      it(`refuses a directory without ${name} and says what to do`, async () => {
        const directory = await directoryWith(...there);
        const error: unknown = await findBinaries({
          env: { KUBEBUILDER_ASSETS: directory },
        }).catch((reason: unknown) => reason);
        expect(String(error)).to.equal(
          `Error: KUBEBUILDER_ASSETS ${directory} has ${said}: set KUBEBUILDER_ASSETS to a directory with etcd ` +
            "and kube-apiserver, or unset it to have them built",
        );
      });
    }
  });

  describe("without Go that will do", () => {
    const cases = [
      {
        name: "there is none",
        go: undefined,
        said: "no go that works is on the PATH",
      },
      {
        name: "it is too old",
        go: "go version go1.22.3 linux/amd64",
        said: "the go on the PATH is go1.22.3",
      },
    ];
    for (const { name, go, said } of cases) {
      it(`names both ways out in one message when ${name}`, async () => {
        const bin = path.join(scratch, "bin");
        await mkdir(bin);
        if (go !== undefined) {
          await writeFile(path.join(bin, "go"), `#!/bin/sh\necho "${go}"\n`, {
            mode: 0o755,
          });
        }
        const cache = path.join(scratch, "cache");
        const error: unknown = await findBinaries({
          env: { PATH: bin, XDG_CACHE_HOME: cache },
        }).catch((reason: unknown) => reason);
        expect(String(error)).to.equal(
          `Error: The test control plane has to be built once, and that needs Go >= 1.26: ${said}. ` +
            "Either install Go >= 1.26, or set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver.",
        );
        expect(await readdir(scratch)).not.to.include("cache");
      });
    }
  });
});

describe("cacheDirectory", () => {
  const cases: {
    name: string;
    env: NodeJS.ProcessEnv;
    platform: NodeJS.Platform;
    parent: string;
  }[] = [
    {
      name: "XDG_CACHE_HOME",
      env: { HOME: "/home/me", XDG_CACHE_HOME: "/var/cache/me" },
      platform: "linux",
      parent: "/var/cache/me",
    },
    {
      name: "~/.cache",
      env: { HOME: "/home/me" },
      platform: "linux",
      parent: "/home/me/.cache",
    },
    {
      name: "~/.cache rather than a relative XDG_CACHE_HOME",
      env: { HOME: "/home/me", XDG_CACHE_HOME: "cache" },
      platform: "linux",
      parent: "/home/me/.cache",
    },
    {
      name: "~/Library/Caches on macOS",
      env: { HOME: "/Users/me" },
      platform: "darwin",
      parent: "/Users/me/Library/Caches",
    },
  ];
  for (const { name, env, platform, parent } of cases) {
    it(`is below ${name}`, async () => {
      const directory = await cacheDirectory(env, platform);
      expect(path.dirname(directory)).to.equal(
        path.join(parent, "stateful-deployments"),
      );
      expect(path.basename(directory)).to.match(/^control-plane-[0-9a-f]{12}$/);
    });
  }

  it("is another one on another kind of machine", async () => {
    const env = { XDG_CACHE_HOME: "/cache" };
    expect(await cacheDirectory(env, "linux")).not.to.equal(
      await cacheDirectory(env, "darwin"),
    );
  });
});

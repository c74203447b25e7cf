import { existsSync } from "node:fs";
import { readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { processesOf } from "../../support/processes-of.ts";
import { startScript } from "../../support/script.ts";
import type { Script } from "../../support/script.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";
import { findBinaries } from "../../control-plane/binaries.ts";
import type { Binaries } from "../../control-plane/binaries.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const main = path.join(import.meta.dirname, "../../control-plane/main.ts");
/** About 4 s on an idle machine with 2 cores. */
const patienceMs = 60_000;

async function nothingIsLeft(...paths: string[]): Promise<void> {
  await eventually("no process and no directory left", async () => {
    const [directory = ""] = paths;
    const left = await processesOf(directory);
    if (left.length > 0) throw new Error(JSON.stringify(left));
    return !paths.some((name) => existsSync(name));
  });
}

describe("npm run control-plane", function () {
  this.timeout(2 * patienceMs);
  let binaries: Binaries;
  let program: Script;

  before(async function () {
    this.timeout(startTimeoutMs);
    // The program must not have to build.
    binaries = await findBinaries();
  });
  afterEach(() => {
    // It may have ended already.
    program?.process.kill("SIGKILL");
  });

  /** Waits until it has printed the path of its kubeconfig. Standard output has nothing else, so that a shell can evaluate it. */
  async function startUp(args: readonly string[], env = {}) {
    program = startScript(main, args, env);
    let stdout = "";
    program.process.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    await eventually(
      "a line on standard output",
      () => {
        if (stdout.endsWith("\n")) return true;
        throw new Error(program.shown());
      },
      patienceMs,
    );
    expect(stdout).to.match(/^export KUBECONFIG=\/\S+\n$/);
    const kubeconfig = stdout.trim().replace("export KUBECONFIG=", "");
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return {
      core: config.makeApiClient(CoreV1Api),
      directory: path.dirname(kubeconfig),
    };
  }

  it("runs all programs with the Nodes and the audit log that are asked for, and leaves nothing when it is killed", async function () {
    if (binaries.missing.length > 0) {
      process.stderr.write(
        `Skipping "${this.test?.fullTitle()}": there is no ${binaries.missing.join(" and no ")}\n`,
      );
      this.skip();
    }
    const { core, directory } = await startUp(["--nodes=3", "--audit-log"]);
    expect(program.shown()).to.match(
      /^Running: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok from \//m,
    );
    const { items } = await core.listNode();
    expect(items.map(({ metadata }) => metadata?.name)).to.have.members([
      "node-1",
      "node-2",
      "node-3",
    ]);
    await core.createNamespacedPersistentVolumeClaim({
      namespace: "default",
      body: {
        metadata: { name: "data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      },
    });
    const log = await readFile(`${directory}/logs/audit.jsonl`, "utf8");
    expect(log).to.match(/"verb":"create".*"name":"data"/);
    const volume = await eventually("the claim's volume", async () => {
      const [bound] = (await core.listPersistentVolume()).items;
      return bound?.spec?.hostPath?.path;
    });
    expect(existsSync(volume)).to.equal(true);
    const [dataDirectory = ""] = (await processesOf(directory)).flatMap(
      ({ commandLine }) =>
        /--data-dir=(\S+)\/etcd\b/.exec(commandLine)?.[1] ?? [],
    );
    expect(existsSync(dataDirectory)).to.equal(true);

    program.process.kill("SIGKILL");
    await nothingIsLeft(directory, dataDirectory, volume);
  });

  it("runs the API alone where KUBEBUILDER_ASSETS has no more, until Ctrl-C ends it with 0, and leaves nothing", async () => {
    const assets = temporaryDirectory();
    try {
      for (const name of ["etcd", "kube-apiserver"] as const)
        await symlink(binaries.path(name), path.join(assets, name));
      const { core, directory } = await startUp([], {
        KUBEBUILDER_ASSETS: assets,
      });
      expect(program.shown()).to.include(
        `\nRunning: etcd, kube-apiserver from ${assets}\n`,
      );
      // The ServiceAccount that Pods need is there, although no controller creates it.
      const { status } = await core.createNamespacedPod({
        namespace: "default",
        body: {
          metadata: { name: "pod" },
          spec: { containers: [{ name: "main", image: "image" }] },
        },
      });
      expect(status?.phase).to.equal("Pending");

      program.process.kill("SIGINT");
      expect(await program.exited).to.deep.equal([0, null]);
      await nothingIsLeft(directory);
    } finally {
      await rm(assets, { recursive: true });
    }
  });

  it("ends with 1 and the end of the log when one of its programs has ended, and leaves nothing", async () => {
    const { core, directory } = await startUp(["--no-controllers"]);
    expect(program.shown()).to.match(/^Running: etcd, kube-apiserver from \//m);
    expect((await core.listNode()).items).to.deep.equal([]);
    expect(existsSync(`${directory}/logs/audit.jsonl`)).to.equal(false);

    const apiServer = (await processesOf(directory)).find(({ commandLine }) =>
      /^\S*kube-apiserver /.test(commandLine),
    );
    process.kill(apiServer?.pid ?? Number.NaN, "SIGKILL");
    expect(await program.exited).to.deep.equal([1, null]);
    expect(program.shown()).to.match(
      /^kube-apiserver was ended by SIGKILL; the end of its log:$/m,
    );
    await nothingIsLeft(directory);
  });
});

describe("startControlPlane", () => {
  it("shows the end of the log of a program that does not start, and leaves nothing", async function () {
    this.timeout(patienceMs);
    const error: unknown = await startControlPlane({
      controllers: false,
      apiServerFlags: ["--no-such-flag"],
    }).catch((reason: unknown) => reason);
    expect(String(error)).to.match(
      /^ProcessFailure: kube-apiserver ended with exit code 1; the end of its log:\n(.*\n)*.*unknown flag: --no-such-flag/,
    );
    expect(await processesOf("--no-such-flag")).to.deep.equal([]);
  });
});

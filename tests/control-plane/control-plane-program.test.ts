import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { processesOf } from "../support/processes-of.ts";
import { startScript } from "../support/script.ts";
import type { Script } from "../support/script.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { findBinaries } from "./binaries.ts";
import type { Program } from "./binaries.ts";

const main = path.join(import.meta.dirname, "main.ts");
/** About 4 s on an idle machine with 2 cores. */
const patienceMs = 60_000;

async function nothingIsLeft(directory: string): Promise<void> {
  await eventually("no process and no directory left", async () => {
    const left = await processesOf(directory);
    if (left.length > 0) throw new Error(JSON.stringify(left));
    return !existsSync(directory);
  });
}

describe("npm run control-plane", function () {
  this.timeout(2 * patienceMs);
  let missing: readonly Program[] = [];
  let started: Script | undefined;

  before(async function () {
    this.timeout(startTimeoutMs);
    // The program must not have to build.
    ({ missing } = await findBinaries());
  });

  afterEach(() => {
    // One that has ended as it should does not mind.
    started?.process.kill("SIGKILL");
  });

  function start(...args: string[]): { program: Script; stdout: () => string } {
    const program = startScript(main, args);
    started = program;
    let stdout = "";
    program.process.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    return { program, stdout: () => stdout };
  }

  /** Waits until it has told its kubeconfig; there is nothing else on standard output, which a shell can evaluate so. */
  async function startUp(...args: string[]) {
    const { program, stdout } = start(...args);
    await eventually(
      "a line on standard output",
      () => {
        if (stdout().endsWith("\n")) return true;
        throw new Error(program.shown());
      },
      patienceMs,
    );
    expect(stdout()).to.match(/^export KUBECONFIG=\/\S+\n$/);
    const kubeconfig = stdout().trim().replace("export KUBECONFIG=", "");
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return {
      program,
      stdout,
      core: config.makeApiClient(CoreV1Api),
      directory: path.dirname(kubeconfig),
    };
  }

  it("runs all of it with the Nodes and the audit log it was asked for, until Ctrl-C ends it with 0, and leaves nothing", async function () {
    if (missing.length > 0) {
      process.stderr.write(
        `Skipping "${this.test?.fullTitle()}": there is no ${missing.join(" and no ")}\n`,
      );
      this.skip();
    }
    const { program, stdout, core, directory } = await startUp(
      "--nodes=3",
      "--audit-log",
    );
    expect(program.shown()).to.match(
      /^Running: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok from \//m,
    );
    const nodes = (await core.listNode()).items.map(
      ({ metadata }) => metadata?.name,
    );
    expect(nodes.toSorted()).to.deep.equal(["node-1", "node-2", "node-3"]);
    await core.createNamespace({ body: { metadata: { name: "audited" } } });
    await eventually("the request is in the audit log", async () => {
      const log = await readFile(`${directory}/logs/audit.jsonl`, "utf8");
      return /"verb":"create".*"name":"audited"/.test(log);
    });

    program.process.kill("SIGINT");
    expect(await program.exited).to.deep.equal([0, null]);
    expect(stdout().split("\n")).to.have.length(2);
    await nothingIsLeft(directory);
  });

  it("runs the API alone with --no-controllers, and ends with 1, leaving nothing, when one of its processes has ended", async () => {
    const { program, core, directory } = await startUp("--no-controllers");
    expect(program.shown()).to.match(/^Running: etcd, kube-apiserver from \//m);
    expect((await core.listNode()).items).to.deep.equal([]);
    expect(existsSync(`${directory}/logs/audit.jsonl`)).to.equal(false);

    const apiServer = (await processesOf(directory)).find(({ commandLine }) =>
      /^\S*kube-apiserver /.test(commandLine),
    );
    if (apiServer === undefined) throw new Error("no kube-apiserver runs");
    process.kill(apiServer.pid, "SIGKILL");
    expect(await program.exited).to.deep.equal([1, null]);
    expect(program.shown()).to.match(
      /^kube-apiserver was ended by SIGKILL; the end of its log:$/m,
    );
    await nothingIsLeft(directory);
  });

  it("says what is wrong with its options, and ends with 2", async () => {
    const { program, stdout } = start("--nodes", "x");
    expect(await program.exited).to.deep.equal([2, null]);
    expect(program.shown()).to.equal(
      '--nodes "x": give a whole number from 0 to 1000\nTry --help.\n',
    );
    expect(stdout()).to.equal("");
  });
});

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  ctrlC,
  descendantsOf,
  isRunning,
  noTerminal,
  startOnTerminal,
} from "../../../examples/demo/terminal.ts";
import { eventually } from "../../support/eventually.ts";
import { processesOf } from "../../support/processes-of.ts";
import { startScript } from "../../support/script.ts";
import type { Script } from "../../support/script.ts";
import { sharedControlPlaneWithNodes } from "../../support/shared-control-plane.ts";

const main = join(import.meta.dirname, "../../../examples/demo/main.ts");
/** About 10 s on an idle machine with 2 cores. */
const patienceMs = 180_000;

/** The temporary directory of the control plane, which its KUBECONFIG line tells. */
function directoryOf({ shown }: Script): string {
  return /KUBECONFIG=(\S+)\/kubeconfig/.exec(shown())?.[1] ?? "not shown yet";
}

async function nothingIsLeft(directory: string): Promise<void> {
  await eventually(
    "no process and no directory left",
    async () =>
      (await processesOf(directory)).length === 0 && !existsSync(directory),
  );
}

describe("npm start", function () {
  this.timeout(patienceMs);
  const started: Script[] = [];

  afterEach(() => {
    // One that has ended as it should does not mind.
    for (const demo of started.splice(0)) demo.process.kill("SIGKILL");
  });

  before(async function () {
    // The demonstration must not have to build, and needs all that can be missing here.
    await sharedControlPlaneWithNodes(this, "kubectl");
  });

  function start(...args: string[]): Script {
    const demo = startScript(main, args);
    started.push(demo);
    return demo;
  }

  it("shows all of it and ends with 0, and nothing is left", async () => {
    const demo = start("--once");
    const [code] = await demo.exited;
    const shown = demo.shown();
    expect(code, shown).to.equal(0);
    const headings = [
      ...shown.matchAll(/^ ?(\d+) {2}(.+)\n[^]*?^ {4}done in \d+\.\d s$/gm),
    ].map(([, number, heading]) => `${number} ${heading}`);
    expect(headings).to.deep.equal([
      "1 A Kubernetes control plane of its own",
      "2 The admission function, as it was built",
      "3 The webhook: the API server asks the function about annotated Pods, and about no others",
      "4 A Deployment with three replicas",
      "5 Scaled down to one",
      "6 The janitor sweeps",
      "7 Manifests that are refused",
      "8 Back to three, and a rollout with surge",
      "9 The next sweep",
      "10 Scaled down to zero, and no sweep",
      "11 The other examples",
    ]);
    for (const line of [
      /^ {4}\$ kubectl apply -n disk-cache -f examples\/disk-cache\.yaml$/m,
      /^ {4}\$ node dist\/janitor\/main\.js --grace-period=0s --unsafe-grace-period$/m,
      /^ {4}build-cache-\w+-\w+ +cache +build-cache-\w+-cache-\w{10} +10Gi +Bound$/m,
      /^ {4}\(no Pod\) +build-cache-\w+-cache-\w{10} +10Gi +Bound$/m,
      /^ {4}disk-cache +build-cache-\w+-cache-\w{10} +\d+s +deleted +unused +no Pod names it/m,
      /denied the request: annotation volume-claim-template\/storageclass: "fast"/,
      /exceeded quota: storage, requested: requests\.storage=10Gi/,
      /^Every step came out as announced, in \d+\.\d s\.$/m,
    ])
      expect(shown).to.match(line);
    expect(shown).not.to.include("\u001B");
    await nothingIsLeft(directoryOf(demo));
  });

  it("stays up on a terminal and sweeps, until Ctrl-C ends it with 0, and nothing is left", async function () {
    const why = await noTerminal();
    if (why !== undefined) {
      process.stderr.write(`Skipping "${this.test?.fullTitle()}": ${why}\n`);
      this.skip();
    }
    const demo = startOnTerminal(main, ["--sweep-every=2s"]);
    started.push(demo);
    const sweeps = /^\d\d:\d\d:\d\d {2}\d+ claims in \d+ namespaces: .*$/gm;
    await eventually(
      "two sweeps by its timer",
      () => {
        if ((demo.shown().match(sweeps) ?? []).length >= 2) return true;
        throw new Error(demo.shown());
      },
      patienceMs / 2,
    );
    expect(demo.shown()).to.match(
      /^All of it stays up until Ctrl-C\. In another terminal:\n\n {2}export KUBECONFIG=\S+\/kubeconfig$/m,
    );
    expect(demo.shown()).to.match(/^The janitor sweeps every 2s /m);
    const directory = directoryOf(demo);
    expect(existsSync(`${directory}/kubeconfig`)).to.equal(true);
    const processes = await descendantsOf(demo.process.pid);
    // The demonstration itself, five programs of the control plane, the function, and what cleans up after them.
    expect(processes).to.have.length.of.at.least(8);

    demo.process.stdin?.write(ctrlC);
    const [code] = await demo.exited;
    expect(code, demo.shown()).to.equal(0);
    // The terminal shows ^C before it.
    expect(demo.shown()).to.match(
      /The function has drained and the control plane is gone, with everything it wrote\.\n$/,
    );
    expect(processes.filter(isRunning)).to.deep.equal([]);
    await nothingIsLeft(directory);
  });

  for (const { signal, code } of [
    { signal: "SIGINT", code: 130 },
    { signal: "SIGTERM", code: 143 },
    { signal: "SIGKILL", code: null },
  ] as const) {
    it(`leaves no process and no directory when ${signal} comes in the middle`, async () => {
      const demo = start();
      await eventually(
        "its fourth step has begun",
        () => {
          if (demo.shown().includes("\n 4  ")) return true;
          throw new Error(demo.shown());
        },
        patienceMs / 2,
      );
      const directory = directoryOf(demo);
      const processes = await processesOf(directory);
      expect(processes).to.have.length.of.at.least(5);
      demo.process.kill(signal);
      await eventually("it has ended", () => {
        const { exitCode, signalCode } = demo.process;
        if (exitCode !== null || signalCode !== null) return true;
        throw new Error(demo.shown());
      });
      expect(await demo.exited).to.deep.equal([
        code,
        code === null ? signal : null,
      ]);
      await nothingIsLeft(directory);
    });
  }

  it("says what is wrong with an option, and ends with 2", async () => {
    const demo = start("--sweep-every=sometimes");
    expect((await demo.exited)[0]).to.equal(2);
    expect(demo.shown()).to.equal(
      '--sweep-every "sometimes": give a duration of at least 1s and at most 24h, such as 30s\nTry --help.\n',
    );
  });
});

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  cp,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { findBinaries } from "../../control-plane/binaries.ts";
import { eventually } from "../../support/eventually.ts";
import { processesOf } from "../../support/processes-of.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { startCommand, startScript } from "../../support/script.ts";
import type { Script } from "../../support/script.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";

const repository = path.join(import.meta.dirname, "../../..");
/** What the demonstration runs. `dist` is last: it must not be older than its sources. */
const parts = [
  "bundle",
  "build.ts",
  "examples",
  "functions",
  "janitor",
  "manifests",
  "package.json",
  "package-lock.json",
  "tests",
  "tsconfig.json",
  "dist",
];
/** It takes about 20 s on an idle machine with 2 cores. */
const patienceMs = 600_000;
const ctrlC = "\u0003";
/** That of util-linux gives a program a terminal; that of macOS and the BSDs takes other arguments. */
const terminalProgram = "script";

/** The temporary directory of its control plane. */
function directoryOf({ shown }: Script): string {
  return /KUBECONFIG=(\S+)\/kubeconfig/.exec(shown())?.[1] ?? "not shown yet";
}

describe("npm start", function () {
  this.timeout(patienceMs);
  const started: Script[] = [];
  /** A copy of the checkout: one test changes a source, and the copy's name is in the command line of each program. */
  let copy = "";
  let main = "";
  let kubectl = "";

  before(async function () {
    // The demonstration must not have to build the programs, and needs all of them.
    this.timeout(startTimeoutMs);
    const binaries = await findBinaries();
    if (binaries.missing.length > 0) {
      process.stderr.write(
        `Skipping "npm start": ${binaries.directory} has no ${binaries.missing.join(" and no ")}\n`,
      );
      this.skip();
    }
    kubectl = path.join(binaries.directory, "kubectl");
    copy = await realpath(await mkdtemp(path.join(tmpdir(), "demo-")));
    for (const part of parts)
      await cp(path.join(repository, part), path.join(copy, part), {
        recursive: true,
      });
    await symlink(
      path.join(repository, "node_modules"),
      path.join(copy, "node_modules"),
    );
    main = path.join(copy, "examples/demo/main.ts");
  });
  afterEach(() => {
    for (const demo of started.splice(0)) demo.process.kill("SIGKILL");
  });
  after(() => rm(copy, { recursive: true, force: true }));

  function start(...args: string[]): Script {
    const demo = startScript(main, args);
    started.push(demo);
    return demo;
  }

  async function shows(demo: Script, text: RegExp): Promise<void> {
    await eventually(
      `it shows ${text}`,
      () => {
        if (text.test(demo.shown())) return true;
        throw new Error(demo.shown());
      },
      patienceMs,
    );
  }

  async function nothingIsLeft(demo: Script): Promise<void> {
    const directory = directoryOf(demo);
    await eventually(
      "no process and no directory left",
      async () =>
        (await processesOf(directory)).length === 0 &&
        (await processesOf(copy)).length === 0 &&
        !existsSync(directory),
    );
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
      "3 The webhook: the API server calls the function for annotated Pods, and for no others",
      "4 A Deployment with three replicas",
      "5 Scaled down to one",
      "6 The janitor sweeps",
      "7 Manifests that are rejected",
      "8 Back to three, and a rollout with surge",
      "9 The next sweep",
      "10 Scaled down to zero, and no sweep",
      "11 Three databases, whose claims outlive their Pods",
      "12 The other examples",
      "13 A rollout: each new Pod gets the claim of an old one",
    ]);
    for (const line of [
      /^ {4}\$ kubectl apply -n disk-cache -f examples\/disk-cache\.yaml$/m,
      /^ {4}\$ node dist\/janitor\/main\.js --grace-period=0s --unsafe-grace-period$/m,
      /^ {4}build-cache-\w+-\w+ +cache +build-cache-\w+-cache-\w{10} +10Gi +Bound$/m,
      /^ {4}\(no Pod\) +build-cache-\w+-cache-\w{10} +10Gi +Bound$/m,
      /^ {4}disk-cache +build-cache-\w+-cache-\w{10} +\d+s +deleted +unused +no Pod names it/m,
      /denied the request: annotation volume-claim-template\/storageclass: "fast"/,
      /^ {4}three other Pods on the same three claims, and so with the same data$/m,
      /exceeded quota: storage, requested: requests\.storage=10Gi/,
      /^Every step succeeded\.$/m,
    ])
      expect(shown).to.match(line);
    expect(shown).not.to.include("\u001B");
    await nothingIsLeft(demo);
  });

  it("--watch: stays up on a terminal, sweeps, and runs a changed source at the next Pod, until Ctrl-C ends it with 0", async function () {
    if (!(await hasTerminalProgram())) {
      process.stderr.write(
        `Skipping "${this.test?.fullTitle()}": there is no script of util-linux\n`,
      );
      this.skip();
    }
    const demo = startOnTerminal(`${main} --watch`);
    started.push(demo);
    await shows(
      demo,
      /^All of it stays up until Ctrl-C\. In another terminal/m,
    );
    await shows(demo, /^\d\d:\d\d:\d\d {2}\d+ claims in \d+ namespaces: .*$/m);
    const source = path.join(copy, "functions/template/spec.ts");
    const text = await readFile(source, "utf8");
    await writeFile(
      source,
      text.replace("is not a Kubernetes quantity", "is another thing"),
    );
    await eventually(
      "the changed message",
      async () => {
        const { stderr } = await runProgram(kubectl, [
          "create",
          `--kubeconfig=${directoryOf(demo)}/kubeconfig`,
          `--filename=${copy}/examples/rejected/pod.yaml`,
        ]);
        if (stderr.includes('"10GB" is another thing')) return true;
        throw new Error(stderr + demo.shown());
      },
      patienceMs / 4,
    );
    expect(await processesOf(directoryOf(demo))).to.not.be.empty;

    demo.process.stdin?.write(ctrlC);
    const [code] = await demo.exited;
    expect(code, demo.shown()).to.equal(0);
    expect(demo.shown()).to.match(
      /The function has drained and the control plane is gone, with everything it wrote\.\n$/,
    );
    await nothingIsLeft(demo);
  });

  it("leaves no process and no directory when it is killed in the middle", async () => {
    const demo = start();
    await shows(demo, /\n 4 {2}/);
    expect(await processesOf(directoryOf(demo))).to.not.be.empty;
    demo.process.kill("SIGKILL");
    expect(await demo.exited).to.deep.equal([null, "SIGKILL"]);
    await nothingIsLeft(demo);
  });

  it("reports an unknown option, and ends with 2", async () => {
    const demo = start("--twice");
    expect((await demo.exited)[0]).to.equal(2);
    expect(demo.shown()).to.match(/--twice[^]*Try --help\.\n$/);
  });
});

async function hasTerminalProgram(): Promise<boolean> {
  const { stdout } = await promisify(execFile)(terminalProgram, [
    "--version",
  ]).catch(() => ({ stdout: "" }));
  return stdout.includes("util-linux");
}

/** Starts a script on a terminal: what is written to standard input is typed there. */
function startOnTerminal(commandLine: string): Script {
  // Without `exec` a shell would stand between it and the terminal.
  const command = `exec ${process.execPath} ${commandLine}`;
  const child = startCommand(terminalProgram, ["-qfec", command, "/dev/null"], {
    SHELL: "/bin/sh",
    NO_COLOR: "1",
  });
  // A terminal ends lines with both.
  return { ...child, shown: () => child.shown().replaceAll("\r\n", "\n") };
}

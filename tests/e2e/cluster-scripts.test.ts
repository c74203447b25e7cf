import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram, type Ran } from "../control-plane/run-program.ts";
import { skipBecause } from "./steps/mocha-output.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const recipe = path.join(import.meta.dirname, "cluster");
const mark = ".stateful-deployments-e2e";

describe("the scripts of the end-to-end cluster", function () {
  // A guardian gives five seconds to what it ends.
  this.timeout(15_000);
  let directory = "";
  let state = "";

  before(function () {
    if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0)
      skipBecause(this, "they need Debian and root");
  });
  beforeEach(async () => {
    directory = temporaryDirectory();
    state = path.join(directory, "state");
  });

  /** Runs a line of bash with the functions of the scripts. */
  function run(
    line: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    const sources = `source ${recipe}/settings.sh; source ${recipe}/ownership.sh`;
    return runProgram("bash", ["-c", `cd ${directory}; ${sources}; ${line}`], {
      env: { ...process.env, CLUSTER_STATE: state, ...env },
    });
  }

  async function markAs(text: string): Promise<void> {
    await mkdir(path.join(state, "pids"), { recursive: true });
    await writeFile(path.join(state, mark), `${text}\n`);
  }

  async function thisProcess(): Promise<string> {
    const { stdout } = await run(`started ${process.pid}`);
    expect(stdout).to.match(/^\d+\n$/);
    return `${process.pid} ${stdout.trim()}`;
  }

  for (const { script, named } of [
    { script: "up", named: "" },
    { script: "down", named: "link" },
  ])
    it(`${script}: rejects a directory with other files${named && `, named by ${named}`}, and leaves them`, async () => {
      await mkdir(state);
      await symlink(state, path.join(directory, "link"));
      await writeFile(path.join(state, "thesis.txt"), "");
      const { stderr, exitCode } = await run(
        `CLUSTER_STATE=${named || state} ${recipe}/${script}`,
      );
      expect(exitCode).to.equal(3);
      expect(stderr).to.match(/^CLUSTER_STATE: .* is not empty.*\n$/);
      expect(stderr).to.include(`CLUSTER_STATE: ${state} is`);
      expect(await readdir(state)).to.deep.equal(["thesis.txt"]);
    });

  for (const { script, kept, says } of [
    {
      script: "up",
      kept: "",
      says: `, and process ${process.pid} uses it: .*kill ${process.pid}`,
    },
    {
      script: "up",
      kept: " kept",
      says: `, .*kept: end it with ${recipe}/down`,
    },
  ])
    it(`${script}: rejects, in a line, a cluster in use${kept && " that was kept"}, and reports how to end it`, async () => {
      await markAs(`${await thisProcess()}${kept}`);
      const { stderr, exitCode } = await run(`${recipe}/${script}`);
      expect(exitCode).to.equal(3);
      expect(stderr).to.match(
        new RegExp(`^A cluster is up already in ${state}${says}.*\\n$`),
      );
      expect(await readdir(state)).to.include(mark);
    });

  /** A machine of another kind: `commands` change it in namespaces of its own. It has all that a cluster needs, built too. */
  async function upWhere(commands: string): Promise<Ran> {
    const cache = path.join(directory, "cache");
    await mkdir(path.join(cache, "bin"), { recursive: true });
    await mkdir(path.join(cache, "knative-manifests"));
    for (const file of ["complete", "knative-manifests/complete"])
      await writeFile(path.join(cache, file), "");
    for (const name of ["conntrack", "envsubst", "jq", "nft", "runc"])
      await writeFile(path.join(cache, "bin", name), "#!/bin/sh\n", {
        mode: 0o755,
      });
    return runProgram(
      "unshare",
      [
        "--mount",
        "--net",
        "bash",
        "-c",
        `ip link set lo up; mount -t tmpfs none /sys/class/net; ${commands}\n${recipe}/up`,
      ],
      { env: { ...process.env, CLUSTER_STATE: state, CLUSTER_CACHE: cache } },
    );
  }

  it("up: rejects, in a line, a machine whose ports are taken, and starts nothing", async () => {
    const listen = `
      ${process.execPath} --eval 'for (const port of [23791, 10249]) net.createServer().listen(port, "127.0.0.1"); net.createServer().listen(10250); setTimeout(process.exit, 60_000)' &
      trap "kill $!" EXIT
      for port in 23791 10249 10250; do until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.1; done; done`;
    const { stderr, exitCode } = await upWhere(listen);
    expect(exitCode, stderr).to.equal(3);
    expect(stderr).to.match(
      /^The cluster needs .* listens there: 23791 10249 10250\. End that one; .*\n$/,
    );
    expect(existsSync(state)).to.be.false;
  });

  it("up: rejects, in a line, a full disk, and starts nothing", async () => {
    const full = path.join(directory, "full");
    await mkdir(full);
    state = path.join(full, "state");
    const { stderr, exitCode } = await upWhere(
      `mount -t tmpfs -o size=10m none ${full}`,
    );
    expect(exitCode, stderr).to.equal(3);
    expect(stderr).to.match(
      /^The cluster needs 3000 MB in .*full.state, and 10 are free: make room there\.\n$/,
    );
  });

  it("down: leaves, for a run, every cluster of another run", async () => {
    // A process that has ended: on this machine none has started at that tick.
    await markAs(`${process.pid} 1`);
    const { exitCode } = await run(`${recipe}/down`, {
      CLUSTER_OWNER: `${process.pid} 2`,
    });
    expect(exitCode).to.equal(0);
    expect(await readdir(state)).to.include(mark);
  });

  it("lock: makes the next one wait until the first has unlocked or ended", async () => {
    const { stdout } = await run(
      "lock; (unset CLUSTER_LOCKED; lock; echo second) & sleep 0.3; echo first; unlock; wait",
    );
    expect(stdout).to.equal("first\nsecond\n");
  });

  it("stop: ends what was started under a name, and no process that has got the id of one that ended", async () => {
    const bystander = spawn("sleep", ["60"]);
    try {
      const { stdout } = await run(
        [
          `source ${recipe}/processes.sh; mkdir pids logs`,
          "start sleep 60; start_as second sleep 60; sleep 0.3",
          "ids=$(cat pids/sleep pids/second | cut -d' ' -f1)",
          `echo ${bystander.pid} 1 >pids/bystander`,
          "ps -o pid= $ids | wc -l; stop sleep second bystander; sleep 0.3; ps -o pid= $ids | wc -l",
        ].join("; "),
      );
      expect(stdout.split("\n").map((line) => line.trim())).to.deep.equal([
        "2",
        "0",
        "",
      ]);
      expect(bystander.exitCode ?? bystander.signalCode).to.equal(null);
    } finally {
      bystander.kill();
    }
  });

  it("guardian: ends all programs of a run that ended without a word, and no others", async () => {
    const owner = `${process.pid} 3`;
    const left = spawn("sleep", ["60"], {
      env: { ...process.env, CLUSTER_OWNER: owner },
      detached: true,
    });
    const ended = new Promise((resolve) => left.once("exit", resolve));
    const bystander = spawn("sleep", ["60"], {
      env: { ...process.env, CLUSTER_OWNER: `${owner}4` },
    });
    try {
      const { exitCode } = await runProgram(
        path.join(recipe, "guardian"),
        [owner],
        { env: { ...process.env, CLUSTER_STATE: state } },
      );
      expect(exitCode).to.equal(0);
      await ended;
      expect(bystander.exitCode ?? bystander.signalCode).to.equal(null);
    } finally {
      bystander.kill();
      left.kill();
    }
  });

  const used = ["complete", "knative-manifests/complete"];
  for (const [name, cache, missing, says] of [
    [
      "pip, to build",
      [],
      "pip",
      /built once .* install pip, or set KUBECONFIG/,
    ],
    [
      "Debian's packages, with a cache of another machine",
      used,
      "conntrack runc",
      /needs conntrack runc: apt-get install .*conntrack.* runc, or/,
    ],
    ["what a used cache does not need", used, "go npm pip", /^$/],
  ] as const)
    it(`report in a line what a machine lacks: ${name}`, async () => {
      for (const file of cache) {
        await mkdir(path.join(directory, path.dirname(file)), {
          recursive: true,
        });
        await writeFile(path.join(directory, file), "");
      }
      // This machine may have them all.
      const pretend = `has() { [[ " ${missing} " != *" $1 "* ]]; }`;
      const { stdout } = await run(`${pretend}; what_to_do`, {
        CLUSTER_CACHE: directory,
      });
      expect(stdout.trimEnd()).to.match(says).and.not.include("\n");
    });
});

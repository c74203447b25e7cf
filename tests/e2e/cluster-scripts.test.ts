import { expect } from "chai";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runProgram, type Ran } from "../support/run-program.ts";
import { skipBecause } from "./skip-because.ts";

const recipe = path.join(import.meta.dirname, "cluster");
const mark = ".stateful-deployments-e2e";

/** A process that has ended: this machine gives no process that many ticks. */
const deadOwner = `${process.pid} 1`;

describe("the scripts of the end-to-end cluster", function () {
  // A guardian gives what it ends five seconds.
  this.timeout(15_000);
  let directory = "";
  let state = "";

  beforeEach(async function () {
    if (process.platform !== "linux")
      skipBecause(this, "the cluster needs Linux");
    directory = await mkdtemp(path.join(tmpdir(), "cluster-scripts-"));
    state = path.join(directory, "state");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A program, or a line of bash that has read what the scripts read. */
  function run(
    what: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    const line = `source ${recipe}/settings.sh; source ${recipe}/ownership.sh; ${what}`;
    return runProgram("bash", ["-c", line], {
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

  for (const script of ["up", "down"])
    it(`${script}: refuses, in a line, a directory that holds somebody's files, and leaves them`, async () => {
      await mkdir(state);
      await writeFile(path.join(state, "thesis.txt"), "");
      const { stderr, exitCode } = await run(`${recipe}/${script}`);
      expect(exitCode).to.equal(3);
      expect(stderr).to.match(/^CLUSTER_STATE: \/.*\/state is not empty.*\n$/);
      expect(await readdir(state)).to.deep.equal(["thesis.txt"]);
    });

  for (const { name, link } of [
    { name: "a relative path", link: false },
    { name: "a symbolic link", link: true },
  ])
    it(`knows the directory by ${name}, too`, async () => {
      await mkdir(state);
      await writeFile(path.join(state, "thesis.txt"), "");
      if (link)
        await runProgram("ln", ["-s", state, path.join(directory, "link")]);
      const { stderr } = await runProgram(
        "bash",
        ["-c", `cd ${directory}; ${recipe}/down`],
        { env: { ...process.env, CLUSTER_STATE: link ? "link" : "state" } },
      );
      expect(stderr).to.include(`CLUSTER_STATE: ${state} is not empty`);
    });

  it("down: has nothing to do where nothing is, or an empty directory", async () => {
    expect(await run(`${recipe}/down`)).to.deep.equal({
      stdout: "",
      stderr: "",
      exitCode: 0,
    });
    await mkdir(state);
    if (process.getuid?.() === 0)
      expect((await run(`${recipe}/down`)).exitCode).to.equal(0);
    expect((await run("require_ours")).exitCode).to.equal(0);
  });

  for (const script of ["up", "down"])
    it(`${script}: refuses, in a line, the cluster of a process that runs, and names it`, async () => {
      await markAs(await thisProcess());
      const { stderr, exitCode } = await run(
        script === "up" ? `${recipe}/up` : "require_free --but-kept",
      );
      expect(exitCode).to.equal(3);
      expect(stderr).to.match(
        new RegExp(
          `^A cluster is up already in ${state}, and process ${process.pid} uses it: .*kill ${process.pid}.*\\n$`,
        ),
      );
      expect(await readdir(state)).to.include(mark);
    });

  it("up: refuses, in a line, a cluster that was to be kept, and says how it ends", async () => {
    await markAs(`${await thisProcess()} kept`);
    const { stderr, exitCode } = await run(`${recipe}/up`);
    expect(exitCode).to.equal(3);
    expect(stderr).to.match(/^A cluster is up already .*kept.*\n$/);
    expect(stderr).to.include(`end it with ${recipe}/down`);
  });

  for (const { name, text, of = "" } of [
    { name: "of a process that has ended", text: deadOwner },
    {
      name: "that was to be kept, whose API server has ended",
      text: `${deadOwner} kept`,
    },
    { name: "whose mark was not written to its end", text: "" },
    { name: "of this very run", text: "", of: "this process" },
  ])
    it(`lets itself have the cluster ${name}`, async () => {
      const owner = of === "" ? text : await thisProcess();
      await markAs(owner);
      const { stderr, exitCode } = await run(
        "require_ours; require_free; require_free --but-kept",
        of === "" ? {} : { CLUSTER_OWNER: owner },
      );
      expect({ stderr, exitCode }).to.deep.equal({ stderr: "", exitCode: 0 });
    });

  it("down: leaves in a run's name every cluster that is not that run's", async function () {
    if (process.getuid?.() !== 0)
      skipBecause(this, "only root can end a cluster");
    await markAs(deadOwner);
    const { exitCode } = await run(`${recipe}/down`, {
      CLUSTER_OWNER: `${process.pid} 2`,
    });
    expect(exitCode).to.equal(0);
    expect(await readdir(state)).to.include(mark);
  });

  it("keep: the cluster is its own API server's from then on", async () => {
    await markAs(deadOwner);
    await writeFile(path.join(state, "pids/kube-apiserver"), `${process.pid}`);
    expect((await run("keep; require_free --but-kept")).exitCode).to.equal(0);
    expect((await run("require_free")).stderr).to.include("to be kept");
  });

  it("lock: makes the next one wait until the first has unlocked or ended", async () => {
    const { stdout } = await run(
      "lock; (unset CLUSTER_LOCKED; lock; echo second) & sleep 0.3; echo first; unlock; wait",
    );
    expect(stdout).to.equal("first\nsecond\n");
  });

  it("guardian: ends what the run has started, wherever that is, when the run has ended without a word", async () => {
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
});

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { JANITOR } from "../../support/built-programs.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import { startProgram } from "../../support/program.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { freePort } from "../../control-plane/free-port.ts";
import { runJanitor } from "./runs.ts";
import {
  claimsIn,
  createClaim,
  createClaims,
  createPod,
  janitorControlPlane,
} from "./world.ts";

const NO_GRACE = ["--grace-period=0s", "--unsafe-grace-period"];

/** The environment in which a program's clock is wrong by so many milliseconds, as on a node without time service. */
function clockOffBy(milliseconds: number): { NODE_OPTIONS: string } {
  const source = `
    const RealDate = Date;
    globalThis.Date = class extends RealDate {
      constructor(...given) {
        super(...(given.length === 0 ? [RealDate.now() + ${milliseconds}] : given));
      }
      static now() { return RealDate.now() + ${milliseconds}; }
    };`;
  const loadedFirst = `data:text/javascript,${encodeURIComponent(source)}`;
  return { NODE_OPTIONS: `--import=${loadedFirst}` };
}

const DAY = 86_400_000;

describe("the janitor as a program", function () {
  this.timeout(20_000);
  let controlPlane: ControlPlane;
  let kubeconfig: string;
  let namespace: string;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await janitorControlPlane();
    kubeconfig = controlPlane.kubeconfigPath;
  });
  beforeEach(async () => {
    namespace = `program-${randomBytes(4).toString("hex")}`;
    await createNamespace(controlPlane.kubeConfig, namespace);
  });

  it("shows a table with a line of counters at its end, and exits 0", async () => {
    const [used = "", unused = ""] = await createClaims(
      controlPlane,
      namespace,
      2,
    );
    await createPod(controlPlane, namespace, "web-1", used);
    const { exitCode, stdout, stderr } = await runJanitor(kubeconfig, [
      `--namespace=${namespace}`,
      ...NO_GRACE,
    ]);
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines).to.have.length(4);
    expect(lines[0]).to.match(/^NAMESPACE +CLAIM +AGE +DECISION +REASON +WHY$/);
    expect(stdout).to.match(
      new RegExp(`${used} +\\d+s +kept +in-use +used by Pod web-1 `),
    );
    expect(stdout).to.match(
      new RegExp(`${unused} +\\d+s +deleted +unused +no Pod names it`),
    );
    expect(lines[3]).to.equal(
      `2 claims in 1 namespace: 1 deleted, 0 marked, 1 kept (1 in-use), 0 gone already, 0 failed; owners: 0 set, 0 released; on ${controlPlane.server} (context control-plane)`,
    );
  });

  it("writes JSON to stdout, and the counters to stderr", async () => {
    const { name } = await createClaim(controlPlane, namespace);
    const { exitCode, stdout, stderr } = await runJanitor(kubeconfig, [
      "--output=json",
      "--dry-run",
      `--namespace=${namespace}`,
      ...NO_GRACE,
    ]);
    expect(exitCode, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.have.nested.include({
      "claims[0].name": name,
      "claims[0].decision": "delete",
      "summary.dryRun": true,
      "summary.server": controlPlane.server,
      "summary.context": "control-plane",
      "summary.deleted": 1,
    });
    expect(stderr).to.match(/^dry run, nothing was changed: 1 claim .*\n$/);
    expect((await claimsIn(controlPlane, namespace)).size).to.equal(1);
  });

  it("sweeps the cluster of the context that is asked for, and no other", async () => {
    const { name } = await createClaim(controlPlane, namespace);
    const elsewhere = join(controlPlane.directory, "two-contexts.kubeconfig");
    const config = JSON.parse(readFileSync(kubeconfig, "utf8")) as {
      clusters: object[];
      contexts: object[];
    };
    config.clusters.push({
      name: "away",
      cluster: { server: `https://127.0.0.1:${await freePort()}` },
    });
    config.contexts.push({
      name: "away",
      context: { cluster: "away", user: "control-plane" },
    });
    writeFileSync(
      elsewhere,
      JSON.stringify({ ...config, "current-context": "away" }),
    );
    for (const [flags, env] of [
      [["--context=control-plane"], {}],
      [[], { JANITOR_CONTEXT: "control-plane" }],
    ] as const) {
      const { exitCode, stdout, stderr } = await runJanitor(
        elsewhere,
        [...flags, "--dry-run", `--namespace=${namespace}`],
        env,
      );
      expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: "" });
      expect(stdout)
        .to.include(name)
        .and.to.include(`on ${controlPlane.server} (context control-plane)`);
    }
  });

  it("J2 sweeps all namespaces, and spares with its defaults what is new", async () => {
    const { name } = await createClaim(controlPlane, namespace);
    const { exitCode, stdout } = await runJanitor(kubeconfig, []);
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(new RegExp(`${name} .* younger-than-grace `));
    expect((await claimsIn(controlPlane, namespace)).size).to.equal(1);
  });

  it("J12 does not believe a clock of this machine that is a day ahead", async () => {
    const { name } = await createClaim(controlPlane, namespace);
    const { stdout } = await runJanitor(kubeconfig, [], clockOffBy(DAY));
    expect(stdout).to.match(
      new RegExp(`${name} +\\d+s +kept +younger-than-grace `),
    );
    expect((await claimsIn(controlPlane, namespace)).size).to.equal(1);
  });

  it("J12 does not believe a clock of this machine that is a day behind", async () => {
    const { name } = await createClaim(controlPlane, namespace);
    const { stdout } = await runJanitor(
      kubeconfig,
      [`--namespace=${namespace}`, ...NO_GRACE],
      clockOffBy(-DAY),
    );
    expect(stdout).to.match(new RegExp(`${name} +\\d+s +deleted +unused `));
    expect((await claimsIn(controlPlane, namespace)).size).to.equal(0);
  });

  it("stops when it is told to, says how far it came and exits 1", async () => {
    await createClaims(controlPlane, namespace, 6);
    const proxy = await startApiProxy(controlPlane);
    const janitor = startProgram(JANITOR, {
      args: [`--namespace=${namespace}`, "--concurrency=1", ...NO_GRACE],
      env: { KUBECONFIG: proxy.kubeconfigFor(controlPlane.adminToken) },
    });
    proxy.intercept(
      ({ method }) => method === "DELETE",
      { before: () => janitor.process.kill("SIGTERM"), delayMs: 100 },
      1,
    );
    const exitCode = await janitor.exited;
    await proxy.stop();
    expect(exitCode).to.equal(1);
    expect(janitor.stdout()).to.match(
      /1 deleted, 0 marked, 5 kept \(5 interrupted\).*told to stop before the end\n$/,
    );
    expect((await claimsIn(controlPlane, namespace)).size).to.equal(5);
  });

  it("exits 1 when a chosen namespace does not exist", async () => {
    const { exitCode, stderr } = await runJanitor(kubeconfig, [
      "--namespace=no-such-namespace",
    ]);
    expect(exitCode).to.equal(1);
    expect(stderr).to.equal(
      "janitor: namespace no-such-namespace: there is no such namespace\n",
    );
  });

  it("shows its help and its version without a cluster", async () => {
    const help = await runJanitor("/nowhere", ["--help"]);
    expect(help).to.include({ exitCode: 0, stderr: "" });
    expect(help.stdout).to.match(/Usage: janitor \[flags\]/);
    const version = await runJanitor("/nowhere", ["--version"]);
    expect(version.stdout).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});

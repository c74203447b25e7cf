import { expect } from "chai";
import { freePort } from "../../control-plane/free-port.ts";
import { JANITOR } from "../../support/built-programs.ts";
import { startProgram } from "../../support/program.ts";
import { NO_GRACE, runJanitor } from "./runs.ts";
import { janitorAlone } from "./suite.ts";

const DAY = 86_400_000;

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

describe("the janitor as a program", function () {
  this.timeout(60_000);
  const suite = janitorAlone("program");

  /** Runs it on the namespace of the test. */
  const runHere = (
    flags: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ReturnType<typeof runJanitor> =>
    runJanitor(
      suite.controlPlane.kubeconfigPath,
      [`--namespace=${suite.namespace}`, ...flags],
      env,
    );

  it("writes JSON and then, after the deletes, a table; both with the counters, and exits 0", async () => {
    const [used = "", unused = ""] = await suite.createClaims(2);
    await suite.createPod("web-1", used);
    const planned = await runHere(["--output=json", "--dry-run", ...NO_GRACE]);
    expect(planned.exitCode, planned.stderr).to.equal(0);
    expect(JSON.parse(planned.stdout)).to.have.nested.include({
      "summary.dryRun": true,
      "summary.server": suite.controlPlane.server,
      "summary.context": "control-plane",
      "summary.deleted": 1,
    });
    expect(planned.stderr).to.match(
      /^dry run, nothing was changed: 2 claims .*\n$/,
    );
    expect(await suite.names()).to.have.length(2);

    const { exitCode, stdout, stderr } = await runHere(NO_GRACE);
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
      `2 claims in 1 namespace: 1 deleted, 0 marked, 1 kept (1 in-use), 0 gone already, 0 failed; owners: 0 set, 0 released; on ${suite.controlPlane.server} (context control-plane)`,
    );
  });

  it("leaves out the claims that it only keeps, when it is asked for changes only", async () => {
    const [used = "", unused = ""] = await suite.createClaims(2);
    await suite.createPod("web-1", used);
    const flags = ["--only-changes", "--dry-run", ...NO_GRACE];
    const inJson = await runHere(["--output=json", ...flags]);
    expect(JSON.parse(inJson.stdout)).to.have.nested.include({
      "claims.length": 1,
      "claims[0].name": unused,
      "summary.claims": 2,
    });
    const { exitCode, stdout } = await runHere(flags);
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(
      new RegExp(`^NAMESPACE .*\n.*${unused} .*\n.*2 claims .*\n$`),
    );
  });

  it("J2 J12 sweeps all namespaces, spares with its defaults what is new, and does not believe a clock of this machine that is a day ahead", async () => {
    const name = await suite.createClaim();
    const { exitCode, stdout } = await runJanitor(
      suite.controlPlane.kubeconfigPath,
      [],
      clockOffBy(DAY),
    );
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(
      new RegExp(`${name} +\\d+s +kept +younger-than-grace `),
    );
    expect(await suite.names()).to.deep.equal([name]);
  });

  it("J12 does not believe a clock of this machine that is a day behind", async () => {
    const name = await suite.createClaim();
    const { stdout } = await runHere(NO_GRACE, clockOffBy(-DAY));
    expect(stdout).to.match(new RegExp(`${name} +\\d+s +deleted +unused `));
    expect(await suite.names()).to.deep.equal([]);
  });

  it("stops on SIGTERM, reports how far it came and exits 1", async () => {
    await suite.createClaims(6);
    const janitor = startProgram(JANITOR, {
      args: [`--namespace=${suite.namespace}`, "--concurrency=1", ...NO_GRACE],
      env: { KUBECONFIG: suite.kubeconfig },
    });
    suite.proxy.intercept(
      ({ method }) => method === "DELETE",
      { before: () => janitor.process.kill("SIGTERM"), delayMs: 100 },
      1,
    );
    expect(await janitor.exited).to.equal(1);
    expect(janitor.stdout()).to.match(
      /1 deleted, 0 marked, 5 kept \(5 interrupted\).*stopped before the end\n$/,
    );
    expect(await suite.names()).to.have.length(5);
  });

  const lonely = async (): Promise<string> =>
    suite.controlPlane.kubeconfigFor("token", {
      server: `https://127.0.0.1:${await freePort()}`,
    });
  const wrongToken = (): string => suite.controlPlane.kubeconfigFor("wrong");
  const usual = (): string => suite.controlPlane.kubeconfigPath;
  const unusable: [
    when: string,
    kubeconfig: () => string | Promise<string>,
    flags: string[],
    line: RegExp,
  ][] = [
    [
      "there is no kubeconfig",
      () => "/nowhere/config",
      [],
      /no cluster: .*\/nowhere\/config/,
    ],
    ["nothing listens there", lonely, [], /no cluster: .*ECONNREFUSED/],
    [
      "the token is wrong",
      wrongToken,
      [],
      /the cluster does not accept the credentials: Unauthorized: https:.* \(context control-plane\)/,
    ],
    [
      "the context is not there",
      usual,
      ["--context=prod"],
      /no cluster: .* has no context "prod"; its contexts are "control-plane"/,
    ],
    [
      "the selector cannot be read",
      usual,
      ["--selector=a in b"],
      /--selector: "a in b" is rejected: unable to parse/,
    ],
    ["a flag is wrong", usual, ["--page-size=0"], /--page-size: 0 is below 1/],
  ];
  for (const [when, kubeconfig, flags, line] of unusable)
    it(`exits 2 with one line when ${when}`, async () => {
      const { exitCode, stdout, stderr } = await runJanitor(
        await kubeconfig(),
        flags,
      );
      expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: "" });
      expect(stderr).to.match(line);
      expect(stderr).to.match(/^janitor: [^\n]+\n$/);
    });

  it("shows its version without a cluster", async () => {
    const version = await runJanitor("/nowhere", ["--version"]);
    expect(version.stdout).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});

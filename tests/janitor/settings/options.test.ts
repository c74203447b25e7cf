import { expect } from "chai";
import { readSettings } from "../../../functions/contract/settings.ts";
import { SWEEP } from "../../../janitor/settings/options.ts";

const read = (argv: readonly string[], env: NodeJS.ProcessEnv) =>
  readSettings(SWEEP, argv, env);

const defaults = {
  dryRun: false,
  output: "table",
  namespaces: [],
  selector: "managed=true,app.kubernetes.io/managed-by=stateful-deployments",
  gracePeriodMs: 300_000,
  unsafeGracePeriod: false,
  pageSize: 500,
  concurrency: 8,
  maxDeletions: 500,
  onlyChanges: false,
  adopt: true,
};

describe("the settings of a sweep", () => {
  const flags: [argv: string[], options: Record<string, unknown>][] = [
    [[], {}],
    [["--dry-run"], { dryRun: true }],
    [["--dry-run=false"], { dryRun: false }],
    [["-o", "json"], { output: "json" }],
    [
      ["--namespace", "a,b", "--namespace=c", "-n", "a"],
      { namespaces: ["a", "b", "c"] },
    ],
    [["--selector=team=x,!old"], { selector: "team=x,!old" }],
    [["--grace-period", "2m"], { gracePeriodMs: 120_000 }],
    [
      ["--grace-period", "1s", "--unsafe-grace-period"],
      { gracePeriodMs: 1_000, unsafeGracePeriod: true },
    ],
    [["--page-size=1", "--page-size=2"], { pageSize: 2 }],
    [["--concurrency=64"], { concurrency: 64 }],
    [["--max-deletions=1"], { maxDeletions: 1 }],
    [["--only-changes"], { onlyChanges: true }],
    [["--adopt=false"], { adopt: false }],
    [["--context", "prod"], { context: "prod" }],
  ];
  for (const [argv, options] of flags)
    it(`takes ${argv.join(" ") || "nothing"}`, () => {
      expect(read(argv, {})).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
        rest: [],
      });
    });

  type Case = [name: string, argv: string[], env: object, options: object];
  // tests/functions/contract/settings.test.ts has the rules for all programs.
  const variables: Case[] = [
    [
      "environment variables",
      [],
      {
        JANITOR_NAMESPACE: "a, b",
        JANITOR_UNSAFE_GRACE_PERIOD: "true",
        JANITOR_GRACE_PERIOD: "10s",
        JANITOR_MAX_DELETIONS: "5",
      },
      {
        namespaces: ["a", "b"],
        gracePeriodMs: 10_000,
        unsafeGracePeriod: true,
        maxDeletions: 5,
      },
    ],
    [
      "a flag rather than its variable",
      ["--namespace=c", "--dry-run=true"],
      { JANITOR_NAMESPACE: "a", JANITOR_DRY_RUN: "false" },
      { namespaces: ["c"], dryRun: true },
    ],
    [
      "no variables that Kubernetes sets for a Service called janitor",
      [],
      {
        JANITOR_SERVICE_HOST: "192.0.2.1",
        JANITOR_SERVICE_PORT_HTTP: "80",
        JANITOR_PORT: "tcp://192.0.2.1:80",
        JANITOR_METRICS_PORT_80_TCP_ADDR: "192.0.2.1",
      },
      {},
    ],
  ];
  for (const [name, argv, env, options] of variables)
    it(`takes ${name}`, () => {
      expect(read(argv, { ...env })).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
        rest: [],
      });
    });
});

const NAMESPACE_RULE =
  "is not the name of a namespace (at most 63 of a-z, 0-9 and -, none at an end being -)";
const NOT_A_DURATION = "is not a duration such as 90s, 5m, 1h30m or 7d";

function problemsOf(parsed: ReturnType<typeof read>): readonly string[] {
  return parsed.kind === "invalid" ? parsed.problems : [];
}

describe("the settings of a sweep that are wrong", () => {
  const wrong: [argument: string, problem: string][] = [
    ["--page-size=0", "--page-size: 0 is below 1"],
    ["--page-size=5001", "--page-size: 5001 is above 5000"],
    ["--concurrency=0", "--concurrency: 0 is below 1"],
    ["--concurrency=65", "--concurrency: 65 is above 64"],
    ["--max-deletions=0", "--max-deletions: 0 is below 1"],
    ["--output=yaml", '--output: "yaml" is none of table, json'],
    [
      "--grace-period=119s",
      "--grace-period: 119s is below 2m; the janitor could delete claims whose Pods are just being created (--unsafe-grace-period allows it)",
    ],
    ["--grace-period=366d", "--grace-period: 366d is above 365d"],
    ["--grace-period=5", `--grace-period: "5" ${NOT_A_DURATION}`],
    ["--grace-period=-5m", `--grace-period: "-5m" ${NOT_A_DURATION}`],
    ["--namespace=a,B", `--namespace: "B" ${NAMESPACE_RULE}`],
    ["--namespace=", `--namespace: "" ${NAMESPACE_RULE}`],
    [
      "--explain=web-cache",
      '--explain: "web-cache" is not a claim; write it like shop/web-cache',
    ],
    ["--selector= ", '--selector: " " must not be empty'],
  ];
  for (const [argument, problem] of wrong)
    it(`rejects ${argument}`, () => {
      expect(problemsOf(read([argument], {}))).to.deep.equal([problem]);
    });

  it("rejects a variable by its name, and tells every problem at once", () => {
    const parsed = read(
      ["--page-size=0", "--nope", "--output=yaml", "--namespace=A,B"],
      { JANITOR_ADOPT: "maybe", JANITOR_OTHER: "1" },
    );
    const problems = problemsOf(parsed);
    expect(problems).to.have.length(7);
    expect(problems).to.include.members([
      'JANITOR_ADOPT: "maybe" is neither true nor false',
      "JANITOR_OTHER: there is no such setting; --help lists them",
    ]);
  });
});

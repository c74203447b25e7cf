import { expect } from "chai";
import { environmentVariable, FLAGS } from "../../janitor/flags.ts";
import { helpText } from "../../janitor/help.ts";
import { parseOptions } from "../../janitor/options.ts";
import type { ParsedOptions } from "../../janitor/options.ts";

const defaults = {
  dryRun: false,
  output: "table",
  namespaces: [],
  selector: "managed=true,app.kubernetes.io/managed-by=stateful-deployments",
  gracePeriodMs: 300_000,
  pageSize: 500,
  concurrency: 8,
  maxDeletions: 500,
  adopt: true,
};

function problemsOf(parsed: ParsedOptions): readonly string[] {
  return parsed.kind === "invalid" ? parsed.problems : [];
}

describe("parseOptions", () => {
  const good: {
    name: string;
    argv?: string[];
    env?: NodeJS.ProcessEnv;
    options: Record<string, unknown>;
  }[] = [
    { name: "nothing", options: {} },
    { name: "--dry-run", argv: ["--dry-run"], options: { dryRun: true } },
    {
      name: "--dry-run=false",
      argv: ["--dry-run=false"],
      options: { dryRun: false },
    },
    {
      name: "--output json",
      argv: ["--output", "json"],
      options: { output: "json" },
    },
    { name: "-o json", argv: ["-o", "json"], options: { output: "json" } },
    {
      name: "--namespace, repeated, with commas and twice the same",
      argv: ["--namespace", "a,b", "--namespace=c", "-n", "a"],
      options: { namespaces: ["a", "b", "c"] },
    },
    {
      name: "--selector",
      argv: ["--selector=team=x,!old"],
      options: { selector: "team=x,!old" },
    },
    {
      name: "--grace-period",
      argv: ["--grace-period", "1h30m"],
      options: { gracePeriodMs: 5_400_000 },
    },
    {
      name: "--grace-period at its floor",
      argv: ["--grace-period", "2m"],
      options: { gracePeriodMs: 120_000 },
    },
    {
      name: "--grace-period below its floor with --unsafe-grace-period",
      argv: ["--grace-period", "1s", "--unsafe-grace-period"],
      options: { gracePeriodMs: 1_000 },
    },
    {
      name: "--page-size",
      argv: ["--page-size", "1"],
      options: { pageSize: 1 },
    },
    {
      name: "--concurrency",
      argv: ["--concurrency=64"],
      options: { concurrency: 64 },
    },
    {
      name: "--max-deletions",
      argv: ["--max-deletions=1"],
      options: { maxDeletions: 1 },
    },
    {
      name: "--adopt=false",
      argv: ["--adopt=false"],
      options: { adopt: false },
    },
    { name: "--no-adopt", argv: ["--no-adopt"], options: { adopt: false } },
    {
      name: "the last of a repeated flag",
      argv: ["--page-size=1", "--page-size=2"],
      options: { pageSize: 2 },
    },
    {
      name: "every environment variable",
      env: {
        JANITOR_DRY_RUN: "true",
        JANITOR_OUTPUT: "json",
        JANITOR_NAMESPACE: "a, b",
        JANITOR_SELECTOR: "x=y",
        JANITOR_GRACE_PERIOD: "10s",
        JANITOR_UNSAFE_GRACE_PERIOD: "true",
        JANITOR_PAGE_SIZE: "7",
        JANITOR_CONCURRENCY: "6",
        JANITOR_MAX_DELETIONS: "5",
        JANITOR_ADOPT: "false",
      },
      options: {
        dryRun: true,
        output: "json",
        namespaces: ["a", "b"],
        selector: "x=y",
        gracePeriodMs: 10_000,
        pageSize: 7,
        concurrency: 6,
        maxDeletions: 5,
        adopt: false,
      },
    },
    {
      name: "a flag rather than its variable",
      argv: ["--namespace=c", "--dry-run=true"],
      env: { JANITOR_NAMESPACE: "a", JANITOR_DRY_RUN: "false" },
      options: { namespaces: ["c"], dryRun: true },
    },
    {
      name: "no variables that Kubernetes sets for a Service called janitor",
      env: {
        JANITOR_SERVICE_HOST: "192.0.2.1",
        JANITOR_SERVICE_PORT_HTTP: "80",
        JANITOR_PORT: "tcp://192.0.2.1:80",
        JANITOR_METRICS_PORT_80_TCP_ADDR: "192.0.2.1",
        PATH: "/bin",
      },
      options: {},
    },
  ];
  for (const { name, argv = [], env = {}, options } of good)
    it(`takes ${name}`, () => {
      expect(parseOptions(argv, env)).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
      });
    });

  const bad: {
    argv?: string[];
    env?: NodeJS.ProcessEnv;
    problem: string;
  }[] = [
    { argv: ["--page-size=0"], problem: "--page-size: 0 is below 1" },
    { argv: ["--page-size=5001"], problem: "--page-size: 5001 is above 5000" },
    {
      argv: ["--page-size=1.5"],
      problem: '--page-size: "1.5" is not a whole number',
    },
    {
      argv: ["--page-size="],
      problem: '--page-size: "" is not a whole number',
    },
    { argv: ["--concurrency=0"], problem: "--concurrency: 0 is below 1" },
    { argv: ["--concurrency=65"], problem: "--concurrency: 65 is above 64" },
    { argv: ["--max-deletions=0"], problem: "--max-deletions: 0 is below 1" },
    {
      argv: ["--max-deletions=all"],
      problem: '--max-deletions: "all" is not a whole number',
    },
    {
      argv: ["--output=yaml"],
      problem: '--output: "yaml" is none of table, json',
    },
    { argv: ["-o", "wide"], problem: '-o: "wide" is none of table, json' },
    {
      argv: ["--dry-run=server"],
      problem: '--dry-run: "server" is neither true nor false',
    },
    {
      argv: ["--adopt=no"],
      problem: '--adopt: "no" is neither true nor false',
    },
    {
      argv: ["--unsafe-grace-period=1"],
      problem: '--unsafe-grace-period: "1" is neither true nor false',
    },
    {
      argv: ["--grace-period=30s"],
      problem:
        "--grace-period: 30s is below 2m; claims could go whose Pods are just being created (--unsafe-grace-period allows it)",
    },
    {
      argv: ["--grace-period=366d"],
      problem: "--grace-period: 366d is above 365d",
    },
    {
      argv: ["--grace-period=5"],
      problem:
        '--grace-period: "5" is not a duration such as 90s, 5m, 1h30m or 7d',
    },
    {
      argv: ["--grace-period=-5m"],
      problem:
        '--grace-period: "-5m" is not a duration such as 90s, 5m, 1h30m or 7d',
    },
    {
      argv: ["--namespace=a,B"],
      problem:
        '--namespace: "B" is not the name of a namespace (at most 63 of a-z, 0-9 and -, none at an end being -)',
    },
    {
      argv: ["--namespace", ""],
      problem:
        '--namespace: "" is not the name of a namespace (at most 63 of a-z, 0-9 and -, none at an end being -)',
    },
    {
      argv: ["--selector= "],
      problem: '--selector: " " must not be empty',
    },
    {
      argv: ["--output", "--dry-run"],
      problem: "--output: a value is missing",
    },
    { argv: ["--page-size"], problem: "--page-size: a value is missing" },
    {
      argv: ["--dryrun"],
      problem: "--dryrun: there is no such flag; --help lists them",
    },
    {
      argv: ["-x"],
      problem: "-x: there is no such flag; --help lists them",
    },
    {
      argv: ["--no-output"],
      problem: "--no-output: there is no such flag; --help lists them",
    },
    {
      argv: ["sweep"],
      problem: '"sweep": only flags are expected; --help lists them',
    },
    {
      argv: ["--dry-run", "false"],
      problem: '"false": only flags are expected; --help lists them',
    },
    {
      env: { JANITOR_PAGE_SIZE: "0" },
      problem: "JANITOR_PAGE_SIZE: 0 is below 1",
    },
    {
      env: { JANITOR_DRY_RUN: "yes" },
      problem: 'JANITOR_DRY_RUN: "yes" is neither true nor false',
    },
    {
      env: { JANITOR_NAMESPACE: "" },
      problem: "JANITOR_NAMESPACE: is empty; unset it or give it a value",
    },
    {
      env: { JANITOR_DRYRUN: "true" },
      problem: "JANITOR_DRYRUN: there is no such setting; --help lists them",
    },
  ];
  for (const { argv = [], env = {}, problem } of bad)
    it(`refuses ${[...argv, ...Object.entries(env).map((pair) => pair.join("="))].join(" ")}`, () => {
      expect(problemsOf(parseOptions(argv, env))).to.deep.equal([problem]);
    });

  it("tells every problem at once", () => {
    const parsed = parseOptions(
      ["--page-size=0", "--nope", "--output=yaml", "--namespace=A,B"],
      { JANITOR_ADOPT: "maybe", JANITOR_OTHER: "1" },
    );
    expect(problemsOf(parsed)).to.have.length(7);
  });

  it("--help and --version win over what is wrong beside them", () => {
    for (const argv of [["--nope", "--help"], ["-h"]])
      expect(parseOptions(argv, {})).to.deep.equal({ kind: "help" });
    expect(parseOptions(["--page-size=0", "--version"], {})).to.deep.equal({
      kind: "version",
    });
  });
});

describe("helpText", () => {
  it("tells every flag, its variable and its default", () => {
    const help = helpText();
    for (const flag of FLAGS) {
      expect(help).to.include(`--${flag.name}`);
      expect(help).to.match(new RegExp(`[[ ]${environmentVariable(flag)}]`));
      for (const value of flag.default)
        expect(help).to.include(`[default ${value};`);
    }
  });

  it("tells the annotations by which people decide about a claim", () => {
    for (const setting of [
      "volume-claim/hold=true",
      "volume-claim-template/retention=Delete",
      "volume-claim-template/retention=Retain",
      "volume-claim-template/idle-ttl=7d",
      "volume-claim-template/finished-pods=Release",
    ])
      expect(helpText()).to.match(new RegExp(`^  .*${setting}`, "m"));
  });

  it("fits on 120 columns", () => {
    for (const line of helpText().split("\n"))
      expect(line.length, line).to.be.at.most(120);
  });
});

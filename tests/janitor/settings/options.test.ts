import { expect } from "chai";
import { parseOptions } from "../../../janitor/settings/options.ts";

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
      name: "a context of the kubeconfig",
      argv: ["--context", "prod"],
      options: { context: "prod" },
    },
    {
      name: "a context by its variable",
      env: { JANITOR_CONTEXT: "prod" },
      options: { context: "prod" },
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

  it("--help and --version win over what is wrong beside them", () => {
    for (const argv of [["--nope", "--help"], ["-h"]])
      expect(parseOptions(argv, {})).to.deep.equal({ kind: "help" });
    expect(parseOptions(["--page-size=0", "--version"], {})).to.deep.equal({
      kind: "version",
    });
  });
});

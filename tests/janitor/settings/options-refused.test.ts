import { expect } from "chai";
import { parseOptions } from "../../../janitor/settings/options.ts";

function problemsOf(
  parsed: ReturnType<typeof parseOptions>,
): readonly string[] {
  return parsed.kind === "invalid" ? parsed.problems : [];
}

describe("parseOptions on settings that are wrong", () => {
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
});

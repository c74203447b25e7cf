import { expect } from "chai";
import {
  describeSettings,
  matching,
  oneOf,
  readSettings,
  trueOrFalse,
  wholeNumber,
} from "../../../functions/contract/settings.ts";
import type {
  Program,
  Settings,
} from "../../../functions/contract/settings.ts";

const settings = {
  force: {
    usage: "-f, --force",
    help: "do it",
    default: "false",
    parse: trueOrFalse,
  },
  /** Takes no value and has no default. */
  quiet: {
    usage: "--quiet",
    help: "say nothing",
    parse: oneOf(["true"], "is too much"),
  },
  count: {
    usage: "-c, --count NUMBER",
    help: "how often",
    default: "1",
    parse: wholeNumber(0, 9),
  },
  names: {
    usage: "--name NAME",
    help: "whom, in words that take more room than the eighty columns of a terminal have",
    list: true,
    parse: matching((text) => /^[a-z]+$/.test(text), "is no name"),
  },
  home: { usage: "HOME DIRECTORY", help: "where", parse: String },
} as const satisfies Settings;

const program: Program<typeof settings> = {
  settings,
  prefix: "DO_",
  otherPrefix: "DO_MORE_",
  check: ({ count, force }, given) =>
    count > 5 && !force ? [`${given.get("count")}: needs --force`] : [],
};

const defaults = { force: false, count: 1, names: [] };

describe("readSettings", () => {
  const good: {
    argv?: string[];
    env?: NodeJS.ProcessEnv;
    options: Record<string, unknown>;
  }[] = [
    { options: {} },
    { argv: ["-fc", "3"], options: { force: true, count: 3 } },
    { argv: ["--force", "--no-force"], options: { force: false } },
    { argv: ["--quiet"], options: { quiet: "true" } },
    { argv: ["-c=x", "-c2"], options: { count: 2 } },
    { argv: ["--count=x", "--count=2"], options: { count: 2 } },
    {
      argv: ["--name=a, b", "--name", "a,c"],
      options: { names: ["a", "b", "c"] },
    },
    {
      env: { DO_FORCE: "true", DO_NAME: "a,b" },
      options: { force: true, names: ["a", "b"] },
    },
    { argv: ["--name=c"], env: { DO_NAME: "a,B" }, options: { names: ["c"] } },
    { env: { HOME: "/home/me" }, options: { home: "/home/me" } },
    { env: { HOME: "" }, options: {} },
    { env: { DO_COUNT: undefined }, options: {} },
    { env: { DO_MORE_OF_IT: "1", DO_SERVICE_HOST: "192.0.2.1" }, options: {} },
    { argv: ["--count=6", "--force"], options: { count: 6, force: true } },
  ];
  for (const { argv = [], env = {}, options } of good)
    it(`takes ${JSON.stringify({ argv, env })}`, () => {
      expect(readSettings(program, argv, env)).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
      });
    });

  const bad: {
    argv?: string[];
    env?: NodeJS.ProcessEnv;
    problems: string[];
  }[] = [
    {
      argv: ["--force=constructor"],
      problems: ['--force: "constructor" is neither true nor false'],
    },
    {
      argv: ["--quiet=no"],
      problems: ['--quiet: "no" is too much'],
    },
    {
      argv: ["--no-quiet"],
      problems: ["--no-quiet: there is no such flag; --help lists them"],
    },
    {
      argv: ["--no-help"],
      problems: ["--no-help: there is no such flag; --help lists them"],
    },
    {
      argv: ["--HOME=x"],
      problems: ["--HOME: there is no such flag; --help lists them"],
    },
    {
      argv: ["--count=6"],
      problems: ["--count: needs --force"],
    },
    {
      argv: ["-xyf"],
      problems: [
        "-x: there is no such flag; --help lists them",
        "-y: there is no such flag; --help lists them",
      ],
    },
    {
      argv: ["--name=A,b", "-c", "-f", "it", "it", "-x"],
      env: { DO_COUNT: " ", DO_NAMES: "a" },
      problems: [
        "DO_COUNT: is empty; unset it or give it a value",
        "DO_NAMES: there is no such setting; --help lists them",
        '--name: "A" is no name',
        "-c: a value is missing",
        '"it": only flags are expected; --help lists them',
        '"it": only flags are expected; --help lists them',
        "-x: there is no such flag; --help lists them",
      ],
    },
  ];
  for (const { argv = [], env = {}, problems } of bad)
    it(`refuses ${JSON.stringify({ argv, env })}`, () => {
      expect(readSettings(program, argv, env)).to.deep.equal({
        kind: "invalid",
        problems,
      });
    });

  it("hands over the other arguments to a program that takes them, and asks for one", () => {
    const takesFiles = { ...program, noArguments: "name a file" };
    expect(readSettings(takesFiles, ["a", "-f", "--", "-b"], {}))
      .to.have.property("rest")
      .that.deep.equals(["a", "-b"]);
    expect(readSettings(takesFiles, [], {})).to.deep.equal({
      kind: "invalid",
      problems: ["name a file"],
    });
  });
});

describe("describeSettings", () => {
  it("shows each setting with its default and its variable, on 80 columns", () => {
    expect(describeSettings(program).split("\n")).to.deep.equal([
      "  -f, --force",
      "      do it",
      "      [default false; DO_FORCE]",
      "  --quiet",
      "      say nothing",
      "      [DO_QUIET]",
      "  -c, --count NUMBER",
      "      how often",
      "      [default 1; DO_COUNT]",
      "  --name NAME",
      "      whom, in words that take more room than the eighty columns of a terminal",
      "      have",
      "      [DO_NAME]",
      "  HOME DIRECTORY",
      "      where",
      "  -h, --help",
      "      show this text",
      "  --version",
      "      show the version",
    ]);
  });
});

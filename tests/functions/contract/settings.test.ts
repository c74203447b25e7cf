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
  type Env = NodeJS.ProcessEnv;
  const good: [argv: string[], env: Env, options: object][] = [
    [[], {}, {}],
    [["-fc", "3"], {}, { force: true, count: 3 }],
    [["--force", "--no-force"], {}, { force: false }],
    [["--quiet"], {}, { quiet: "true" }],
    [["-c=x", "-c2"], {}, { count: 2 }],
    [["--count=x", "--count=2"], {}, { count: 2 }],
    [["--name=a, b", "--name", "a,c"], {}, { names: ["a", "b", "c"] }],
    [[], { DO_FORCE: "true", DO_NAME: "a" }, { force: true, names: ["a"] }],
    [["--name=c"], { DO_NAME: "a,B" }, { names: ["c"] }],
    [[], { HOME: "/home/me" }, { home: "/home/me" }],
    [[], { HOME: "", DO_COUNT: undefined }, {}],
    [[], { DO_MORE_OF_IT: "1", DO_SERVICE_HOST: "192.0.2.1" }, {}],
    [["--count=6", "--force"], {}, { count: 6, force: true }],
  ];
  for (const [argv, env, options] of good)
    it(`accepts ${JSON.stringify({ argv, env })}`, () => {
      expect(readSettings(program, argv, env)).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
      });
    });

  const unknown = "there is no such flag; --help lists them";
  const bad: [argv: string[], env: Env, ...problems: string[]][] = [
    [
      ["--force=constructor"],
      {},
      '--force: "constructor" is neither true nor false',
    ],
    [["--quiet=no"], {}, '--quiet: "no" is too much'],
    [["--no-quiet"], {}, `--no-quiet: ${unknown}`],
    [["--no-help"], {}, `--no-help: ${unknown}`],
    [["--HOME=x"], {}, `--HOME: ${unknown}`],
    [["--count=6"], {}, "--count: needs --force"],
    [["-xyf"], {}, `-x: ${unknown}`, `-y: ${unknown}`],
    [
      ["--name=A,b,C", "-c", "-f", "it", "it", "-x"],
      { DO_COUNT: " ", DO_NAMES: "a" },
      "DO_COUNT: is empty; unset it or give it a value",
      "DO_NAMES: there is no such setting; --help lists them",
      '--name: "A" is no name',
      '--name: "C" is no name',
      "-c: a value is missing",
      '"it": only flags are expected; --help lists them',
      '"it": only flags are expected; --help lists them',
      `-x: ${unknown}`,
    ],
  ];
  for (const [argv, env, ...problems] of bad)
    it(`rejects ${JSON.stringify({ argv, env })}`, () => {
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

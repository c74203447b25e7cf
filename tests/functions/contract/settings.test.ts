import { expect } from "chai";
import manifest from "../../../package.json" with { type: "json" };
import { readSettings } from "../../../functions/contract/settings.ts";
import type {
  Program,
  Settings,
} from "../../../functions/contract/setting-table.ts";
import {
  matching,
  choiceOf,
  wholeNumber,
} from "../../../functions/contract/setting-values.ts";
import { helpText } from "../../../functions/contract/settings-help.ts";

const settings = {
  force: {
    usage: "-f, --force",
    help: "do it",
  },
  quiet: {
    usage: "--quiet yes|very",
    help: "say nothing",
    parse: choiceOf(["yes", "very"]),
  },
  loud: { usage: "--loud", help: "say everything", default: "true" },
  count: {
    usage: "-c, --count NUMBER",
    help: "how often",
    default: "1",
    parse: wholeNumber(0, 9),
  },
  names: {
    usage: "--name NAME",
    help: "whom, in words that take more room than the hundred and twenty columns of a line, so that the very last word goes below",
    list: true,
    parse: matching((text) => /^[a-z]+$/.test(text), "is no name"),
  },
  home: { usage: "HOME DIRECTORY", help: "where", parse: String },
} as const satisfies Settings;

const program: Program<typeof settings> = {
  settings,
  help: (text) => `Does it.\n\n${text}\n`,
  prefix: "DO_",
  otherPrefix: "DO_MORE_",
  check: ({ count, force }) =>
    count > 5 && !force ? ["--count: needs --force"] : [],
};

const defaults = { force: false, loud: true, count: 1, names: [] };

describe("readSettings", () => {
  type Env = NodeJS.ProcessEnv;
  const good: [argv: string[], env: Env, options: object][] = [
    [[], {}, {}],
    [["-fc", "3"], {}, { force: true, count: 3 }],
    [["--force", "--no-force"], {}, { force: false }],
    [["--no-loud", "--quiet=very"], {}, { loud: false, quiet: "very" }],
    [["-c=x", "-c2"], {}, { count: 2 }],
    [["--count=x", "--count=2"], {}, { count: 2 }],
    [["--name=a, b", "--name", "a,c"], {}, { names: ["a", "b", "c"] }],
    [[], { DO_FORCE: "true", DO_NAME: "a" }, { force: true, names: ["a"] }],
    [["--name=c"], { DO_NAME: "a,B" }, { names: ["c"] }],
    [[], { HOME: "/home/me" }, { home: "/home/me" }],
    [[], { HOME: "" }, {}],
    [[], { DO_MORE_OF_IT: "1", DO_SERVICE_HOST: "192.0.2.1" }, {}],
    [["--count=6", "--force"], {}, { count: 6, force: true }],
  ];
  for (const [argv, env, options] of good)
    it(`accepts ${JSON.stringify({ argv, env })}`, () => {
      expect(readSettings(program, argv, env)).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
        rest: [],
      });
    });

  const unknown = "there is no such flag; --help lists them";
  const bad: [argv: string[], env: Env, ...problems: string[]][] = [
    [
      ["--force=constructor"],
      {},
      '--force: "constructor" is neither true nor false',
    ],
    [["--quiet=no"], {}, '--quiet: "no" is none of yes, very'],
    [["--quiet", "--loud"], {}, "--quiet: a value is missing"],
    [["--no-quiet"], {}, `--no-quiet: ${unknown}`],
    [["--no-help"], {}, `--no-help: ${unknown}`],
    [["--HOME=x"], {}, `--HOME: ${unknown}`],
    [
      ["--count=6", "--quiet=no"],
      {},
      '--quiet: "no" is none of yes, very',
      "--count: needs --force",
    ],
    [["-xyf"], {}, `-x: ${unknown}`, `-y: ${unknown}`],
    [
      ["--name=A,b,C", "-c", "-f", "it", "it", "-x"],
      { DO_COUNT: " ", DO_NAMES: "a" },
      "DO_COUNT: is empty; unset it or give it a value",
      "DO_NAMES: there is no such setting; --help lists them",
      "-c: a value is missing",
      `-x: ${unknown}`,
      '--name: "A" is no name',
      '--name: "C" is no name',
      '"it": is not expected; --help lists all settings',
      '"it": is not expected; --help lists all settings',
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

  it("shows the help and the version, whatever is wrong beside them", () => {
    const help = { kind: "print", text: helpText(program) };
    for (const argv of [["-h"], ["--nope", "--help"], ["--version", "--help"]])
      expect(readSettings(program, argv, {})).to.deep.equal(help);
    expect(readSettings(program, ["--count=x", "--version"], {})).to.deep.equal(
      { kind: "print", text: `${manifest.version}\n` },
    );
  });
});

describe("helpText", () => {
  it("shows each setting with its default and its variable, on 120 columns", () => {
    expect(helpText(program).split("\n")).to.deep.equal([
      "Does it.",
      "",
      "  -f, --force",
      "      do it",
      "      [default false; DO_FORCE]",
      "  --quiet yes|very",
      "      say nothing",
      "      [DO_QUIET]",
      "  --loud",
      "      say everything",
      "      [default true; DO_LOUD]",
      "  -c, --count NUMBER",
      "      how often",
      "      [default 1; DO_COUNT]",
      "  --name NAME",
      "      whom, in words that take more room than the hundred and twenty columns of a line, so that the very last word goes",
      "      below",
      "      [DO_NAME]",
      "  HOME DIRECTORY",
      "      where",
      "  -h, --help",
      "      show this text",
      "  --version",
      "      show the version",
      "",
    ]);
  });

  it("lists --help and --version only beside other flags", () => {
    const { home } = settings;
    const variables = { settings: { home }, help: String };
    expect(helpText(variables)).to.equal("  HOME DIRECTORY\n      where");
  });
});

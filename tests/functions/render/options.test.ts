import { expect } from "chai";
import { helpText } from "../../../functions/render/help.ts";
import { parseOptions } from "../../../functions/render/options.ts";

describe("parseOptions of render", () => {
  const good: readonly {
    readonly args: readonly string[];
    readonly options: object;
  }[] = [
    { args: ["a.yaml"], options: {} },
    { args: ["a.yaml", "-", "b/"], options: { paths: ["a.yaml", "-", "b/"] } },
    { args: ["--", "--odd.yaml"], options: { paths: ["--odd.yaml"] } },
    { args: ["a.yaml", "--output", "json"], options: { output: "json" } },
    { args: ["a.yaml", "-ojson"], options: { output: "json" } },
    { args: ["a.yaml", "--output=yaml"], options: {} },
    { args: ["-n", "shop", "a.yaml"], options: { namespace: "shop" } },
    { args: ["--summary", "a.yaml"], options: { summary: true } },
  ];
  for (const { args, options } of good)
    it(`takes ${args.join(" ")}`, () => {
      expect(parseOptions(args)).to.deep.equal({
        kind: "run",
        options: {
          paths: ["a.yaml"],
          output: "yaml",
          summary: false,
          ...options,
        },
      });
    });

  it("shows the help and the version whatever else is asked for", () => {
    expect(parseOptions(["-h"])).to.deep.equal({ kind: "help" });
    expect(parseOptions(["--help", "--nonsense"])).to.deep.equal({
      kind: "help",
    });
    expect(parseOptions(["--version"])).to.deep.equal({ kind: "version" });
  });

  it("names everything that is wrong, a line each", () => {
    expect(
      parseOptions([
        "--outptu=json",
        "-o",
        "xml",
        "--summary=no",
        "--namespace",
        "My Shop",
        "-x",
        "-n",
      ]),
    ).to.deep.equal({
      kind: "invalid",
      problems: [
        "--outptu: unknown flag; --help lists those there are",
        '-o: "xml" is neither yaml nor json',
        '--summary: "no" is too much, it takes no value',
        '--namespace: "My Shop" is not the name of a namespace',
        "-x: unknown flag; --help lists those there are",
        "-n: needs a value",
        "name files or directories with manifests, or - for standard input; --help has examples",
      ],
    });
  });

  it("helps with every flag", () => {
    for (const flag of ["--output", "--namespace", "--summary", "--version"])
      expect(helpText()).to.include(flag);
  });
});

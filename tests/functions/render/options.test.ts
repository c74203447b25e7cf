import { expect } from "chai";
import { helpText, parseOptions } from "../../../functions/render/options.ts";

describe("the flags of render", () => {
  for (const [args, options] of [
    ["a.yaml", {}],
    ["a.yaml - b/", { paths: ["a.yaml", "-", "b/"] }],
    ["-- --odd.yaml", { paths: ["--odd.yaml"] }],
    ["a.yaml --output json", { output: "json" }],
    ["a.yaml -ojson", { output: "json" }],
    ["-n shop a.yaml", { namespace: "shop" }],
    ["--summary a.yaml", { summary: true }],
  ] as const)
    it(`accept ${args}`, () => {
      const defaults = { paths: ["a.yaml"], output: "yaml", summary: false };
      expect(parseOptions(args.split(" "))).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
      });
    });

  it("show the help and the version, even with other flags", () => {
    for (const [args, kind] of [
      [["-h"], "help"],
      [["--help", "--nonsense"], "help"],
      [["--version"], "version"],
    ] as const)
      expect(parseOptions(args)).to.deep.equal({ kind });
    for (const flag of ["--output", "--namespace", "--summary", "--version"])
      expect(helpText()).to.include(flag);
  });

  it("report all problems, a line each", () => {
    const args = "--outptu=json|-o|xml|--summary=no|--namespace|My Shop|-x|-n";
    expect(parseOptions(args.split("|"))).to.deep.equal({
      kind: "invalid",
      problems: [
        "--outptu: unknown flag; --help lists all flags",
        '-o: "xml" is neither yaml nor json',
        '--summary: takes no value, not "no"',
        '--namespace: "My Shop" is not the name of a namespace',
        "-x: unknown flag; --help lists all flags",
        "-n: needs a value",
        "name files or directories with manifests, or - for standard input; --help has examples",
      ],
    });
  });
});

import { expect } from "chai";
import { readSettings } from "../../../functions/contract/settings.ts";
import { helpText } from "../../../functions/contract/settings-help.ts";
import { RENDER } from "../../../functions/render/options.ts";

const read = (args: readonly string[]) => readSettings(RENDER, args, {});

describe("the flags of render", () => {
  for (const [args, options, rest = ["a.yaml"]] of [
    ["a.yaml", {}],
    ["a.yaml - b/", {}, ["a.yaml", "-", "b/"]],
    ["-- --odd.yaml", {}, ["--odd.yaml"]],
    ["a.yaml --output json", { output: "json" }],
    ["a.yaml -ojson", { output: "json" }],
    ["-n shop a.yaml", { namespace: "shop" }],
    ["--summary a.yaml", { summary: true }],
    ["--import-from db a.yaml", { importFrom: "db" }],
  ] as const)
    it(`accept ${args}`, () => {
      expect(read(args.split(" "))).to.deep.equal({
        kind: "run",
        options: { output: "yaml", summary: false, ...options },
        rest,
      });
    });

  it("are in the help, with the flags of every program", () => {
    for (const flag of ["--output", "--namespace", "--summary", "--version"])
      expect(helpText(RENDER)).to.include(flag);
  });

  it("reject --import-from beside another form of the output, or with a name that a shell would run", () => {
    for (const other of ["--summary", "-ojson"])
      expect(read(["--import-from=db", other, "a.yaml"])).to.deep.equal({
        kind: "invalid",
        problems: [
          "--import-from prints commands: leave out --summary and --output json",
        ],
      });
    expect(read(["--import-from", "$(id)", "a.yaml"])).to.deep.equal({
      kind: "invalid",
      problems: ['--import-from: "$(id)" is not the name of a StatefulSet'],
    });
  });

  it("report all problems, a line each", () => {
    const args = "--outptu=json|-o|xml|--summary=no|--namespace|My Shop|-x|-n";
    expect(read(args.split("|"))).to.deep.equal({
      kind: "invalid",
      problems: [
        "--outptu: there is no such flag; --help lists them",
        "-x: there is no such flag; --help lists them",
        "-n: a value is missing",
        '-o: "xml" is none of yaml, json',
        '--namespace: "My Shop" is not the name of a namespace (at most 63 of a-z, 0-9 and -, none at an end being -)',
        '--summary: "no" is neither true nor false',
        "name files or directories with manifests, or - for standard input; --help has examples",
      ],
    });
  });
});

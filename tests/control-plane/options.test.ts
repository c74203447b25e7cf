import { expect } from "chai";
import { parseOptions } from "./options.ts";

describe("the options of npm run control-plane", () => {
  it("start all programs and the default number of Nodes, unless a flag changes that", () => {
    const byDefault = {
      help: false,
      build: false,
      controllers: true,
      auditLog: false,
      nodes: undefined,
    };
    expect(parseOptions([])).to.deep.equal(byDefault);
    for (const { args, differs } of [
      { args: ["-h"], differs: { help: true } },
      { args: ["--build"], differs: { build: true } },
      { args: ["--audit-log"], differs: { auditLog: true } },
      { args: ["--nodes=0"], differs: { nodes: 0 } },
      { args: ["--nodes", "1000"], differs: { nodes: 1000 } },
      { args: ["--no-controllers"], differs: { controllers: false } },
      {
        args: ["--no-controllers", "--nodes=0"],
        differs: { controllers: false, nodes: 0 },
      },
    ])
      expect(parseOptions(args)).to.deep.equal({ ...byDefault, ...differs });
  });

  const wholeNumber = "give a whole number from 0 to 1000";
  for (const { args, says } of [
    { args: ["--nodes", "x"], says: `--nodes "x": ${wholeNumber}` },
    { args: ["--nodes", "1001"], says: `--nodes "1001": ${wholeNumber}` },
    { args: ["--nodes", "10000"], says: `--nodes "10000": ${wholeNumber}` },
    {
      args: ["--no-controllers", "--nodes", "3"],
      says: "--no-controllers with --nodes: without the controllers Nodes never become schedulable; drop one of the two",
    },
    { args: ["--twice"], says: "Unknown option '--twice'" },
  ])
    it(`reject ${args.join(" ")}`, () => {
      expect(() => parseOptions(args)).to.throw(says);
    });
});

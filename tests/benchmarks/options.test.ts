import { expect } from "chai";
import { parseOptions } from "./options.ts";

const parse = (...argv: string[]) => parseOptions(argv, ["admission", "sweep"]);

describe("the options of npm run bench", () => {
  it("run everything with five rounds, or with two for a quick look", () => {
    expect(parse()).to.include({ quick: false, rounds: 5, only: undefined });
    expect(parse("--quick")).to.include({ quick: true, rounds: 2 });
    expect(parse("--quick", "--rounds", "3")).to.include({ rounds: 3 });
  });

  it("name benchmarks and numbers of claims", () => {
    expect(parse("--only", "sweep,admission").only).to.deep.equal([
      "sweep",
      "admission",
    ]);
    expect(parse("--claims", "10000,100000").claims).to.deep.equal([
      10_000, 100_000,
    ]);
  });

  for (const { argv, message } of [
    {
      argv: ["--only", "sweeps"],
      message:
        '--only: there is no benchmark "sweeps"; there are admission, sweep',
    },
    {
      argv: ["--rounds", "0"],
      message: '--rounds: "0" is not a whole number above 0',
    },
    {
      argv: ["--quick", "--check"],
      message:
        "--check and --quick: results.json has no figures of smaller numbers",
    },
    {
      argv: ["--claims", "10,x"],
      message: '--claims: "x" is not a whole number above 0',
    },
  ])
    it(`reject ${argv.join(" ")}`, () => {
      expect(() => parse(...argv)).to.throw(message);
    });
});

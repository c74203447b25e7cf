import { expect } from "chai";
import { help, parseOptions } from "../../../examples/demo/options.ts";

describe("the options of the demonstration", () => {
  it("are to stay up on a terminal and sweep every 30 s, unless told otherwise", () => {
    expect(parseOptions([])).to.deep.equal({
      help: false,
      once: false,
      sweepIntervalMs: 30_000,
    });
    expect(parseOptions(["--once", "--sweep-every", "1m30s"])).to.deep.equal({
      help: false,
      once: true,
      sweepIntervalMs: 90_000,
    });
    expect(parseOptions(["-h"]).help).to.equal(true);
  });

  const wrong = [
    { name: "no duration", value: "often" },
    { name: "a number without a unit", value: "30" },
    { name: "less than a second", value: "10ms" },
    { name: "more than a day", value: "24h1s" },
    { name: "more than a timer can wait", value: "30d" },
  ];
  for (const { name, value } of wrong) {
    it(`refuse ${name} for --sweep-every, with the value`, () => {
      expect(() => parseOptions(["--sweep-every", value])).to.throw(
        `--sweep-every "${value}": give a duration of at least 1s and at most 24h, such as 30s`,
      );
    });
  }

  it("take the shortest and the longest time between sweeps that the help names", () => {
    expect(help).to.include("at least 1s and at most 24h");
    for (const [given, milliseconds] of [
      ["1s", 1_000],
      ["24h", 86_400_000],
      ["1d", 86_400_000],
    ] as const)
      expect(parseOptions([`--sweep-every=${given}`]).sweepIntervalMs).to.equal(
        milliseconds,
      );
  });

  it("refuse what they do not know", () => {
    expect(() => parseOptions(["--twice"])).to.throw("--twice");
    expect(() => parseOptions(["once"])).to.throw("once");
  });

  it("are all in the help", () => {
    for (const option of ["--once", "--sweep-every", "--help"])
      expect(help).to.include(`  ${option}`);
  });
});

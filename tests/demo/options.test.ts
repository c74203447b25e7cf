import { expect } from "chai";
import { help, parseOptions } from "./options.ts";

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
  ];
  for (const { name, value } of wrong) {
    it(`refuse ${name} for --sweep-every, with the value`, () => {
      expect(() => parseOptions(["--sweep-every", value])).to.throw(
        `--sweep-every "${value}": give a duration of at least 1s`,
      );
    });
  }

  it("refuse what they do not know", () => {
    expect(() => parseOptions(["--twice"])).to.throw("--twice");
    expect(() => parseOptions(["once"])).to.throw("once");
  });

  it("are all in the help", () => {
    for (const option of ["--once", "--sweep-every", "--help"])
      expect(help).to.include(`  ${option}`);
  });
});

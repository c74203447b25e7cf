import { expect } from "chai";
import {
  isAccepted,
  problemOfTokens,
  splitTokens,
} from "../../../functions/contract/token.ts";

const old = "the-token-of-old";
const next = "the-token-to-come";

describe("the secret tokens", () => {
  it("are separated by commas, spaces or lines", () => {
    expect(splitTokens(`${old},${next}`)).to.deep.equal([old, next]);
    expect(splitTokens(` ${old} ,\n${next}\n`)).to.deep.equal([old, next]);
    expect(splitTokens(" \n")).to.deep.equal([]);
  });

  const wrong = [
    { name: "no token", tokens: [], says: "holds no token" },
    { name: "a short one", tokens: [old, "hunter2"], says: "holds a token" },
    { name: "a slash", tokens: [`${old}/${old}`], says: "holds a token" },
    {
      name: "five of them",
      tokens: Array.from({ length: 5 }, (_, index) => `${old}-${index}`),
      says: "holds 5 tokens",
    },
  ];
  for (const { name, tokens, says } of wrong) {
    it(`cannot be used with ${name}, which is said without showing one`, () => {
      const problem = problemOfTokens(tokens) ?? "";
      expect(problem).to.include(says);
      expect(problem).not.to.include("hunter2").and.not.to.include(old);
    });
  }

  it("are accepted whole, in any place of the list", () => {
    for (const given of [old, next])
      expect(isAccepted([old, next], given), given).to.equal(true);
    for (const given of ["", old.slice(1), `${old}x`, `${old},${next}`])
      expect(isAccepted([old, next], given), given).to.equal(false);
    expect(isAccepted([], "")).to.equal(false);
  });
});

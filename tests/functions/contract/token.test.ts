import { expect } from "chai";
import {
  isAccepted,
  problemOfTokens,
  splitTokens,
  webhookPath,
} from "../../../functions/contract/token.ts";

const old = "the-token-of-old";
const next = "the-token-to-come";

describe("the secret tokens", () => {
  it("are separated by commas, spaces or lines", () => {
    expect(splitTokens(` ${old} ,\n${next}\n`)).to.deep.equal([old, next]);
    expect(splitTokens(" \n")).to.deep.equal([]);
  });

  it("make a path below that of the webhook", () => {
    expect(webhookPath(old)).to.equal(`/mutate/${old}`);
  });

  const many = Array.from({ length: 5 }, (_, index) => `${old}-${index}`);
  const wrong: [tokens: string[], says: string][] = [
    [[], "holds no token"],
    [[old, "hunter2"], "holds a token"],
    [[`${old}/${old}`], "holds a token"],
    [many, "holds 5 tokens"],
  ];
  for (const [tokens, says] of wrong)
    it(`are rejected, and the message shows none: ${says}, of ${tokens.length}`, () => {
      expect(problemOfTokens(tokens))
        .to.include(says)
        .and.not.match(/hunter2|the-token/);
    });

  it("are accepted as a whole, in any place of the list", () => {
    for (const given of [old, next])
      expect(isAccepted([old, next], given), given).to.equal(true);
    for (const given of ["", old.slice(1), `${old}x`, `${old},${next}`])
      expect(isAccepted([old, next], given), given).to.equal(false);
    expect(isAccepted([], "")).to.equal(false);
  });
});

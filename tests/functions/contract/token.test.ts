import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  followTokenFile,
  isAccepted,
  problemOfTokens,
  splitTokens,
} from "../../../functions/contract/token.ts";
import type { TokenFile } from "../../../functions/contract/token.ts";
import { eventually } from "../../support/eventually.ts";

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

  describe("of a file", () => {
    let directory: string;
    let file: string;
    let followed: TokenFile;
    const counts: number[] = [];
    const problems: string[] = [];

    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), "token-file-"));
      file = join(directory, "token");
      counts.length = 0;
      problems.length = 0;
    });
    afterEach(() => {
      followed.stop();
      rmSync(directory, { recursive: true });
    });

    async function follow(): Promise<void> {
      followed = await followTokenFile(
        file,
        (count) => counts.push(count),
        (problem) => problems.push(problem),
        20,
      );
    }

    it("follow it, and survive its being wrong or gone for a time", async () => {
      writeFileSync(file, old);
      await follow();
      expect(followed.tokens()).to.deep.equal([old]);

      writeFileSync(file, `${old},${next}\n`);
      await eventually("both", () => followed.tokens().length === 2);

      writeFileSync(file, "short");
      await eventually("the first problem", () => problems.length === 1);
      rmSync(file);
      await eventually("the second problem", () => problems.length === 2);
      expect(followed.tokens()).to.deep.equal([old, next]);
      expect(followed.problem()).to.equal(undefined);

      writeFileSync(file, next);
      await eventually("the next", () => followed.tokens().length === 1);
      expect(followed.tokens()).to.deep.equal([next]);
      expect(counts).to.deep.equal([1, 2, 1]);
    });

    it("are none, with the reason, until it is there", async () => {
      await follow();
      expect(followed.tokens()).to.deep.equal([]);
      expect(followed.problem()).to.equal(
        `WEBHOOK_TOKEN_FILE ${file} cannot be read: ENOENT`,
      );
      writeFileSync(file, old);
      await eventually("the token", () => followed.tokens().length === 1);
      expect(followed.problem()).to.equal(undefined);
    });
  });
});

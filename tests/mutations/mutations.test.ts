import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

interface Mutation {
  readonly what: string;
  readonly file: string;
  readonly find: string;
  readonly tests: readonly string[];
}

describe("the list of mutations", () => {
  for (const area of globSync("*.json", { cwd: import.meta.dirname }))
    it(`of ${area} names texts that stand once in the sources, and tests that exist`, () => {
      const mutations = JSON.parse(
        readFileSync(path.join(import.meta.dirname, area), "utf8"),
      ) as readonly Mutation[];
      expect(mutations).not.to.be.empty;
      const stale = mutations.filter(
        ({ file, find, tests }) =>
          !existsSync(file) ||
          readFileSync(file, "utf8").split(find).length !== 2 ||
          tests.some((pattern) => globSync(pattern).length === 0),
      );
      expect(stale.map(({ what }) => what)).to.deep.equal([]);
    });
});

import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { DIRECTORY, filesOf, RESULTS } from "./published.ts";
import { readResults } from "./results.ts";

describe("docs/benchmarks", () => {
  it("shows what is in results.json: npm run bench -- --page writes it", async () => {
    const results = await readResults(RESULTS);
    if (!results) throw new Error(`there is no ${RESULTS}`);
    for (const [name, text] of await filesOf(results))
      expect(await readFile(path.join(DIRECTORY, name), "utf8"), name).to.equal(
        text,
      );
  });
});

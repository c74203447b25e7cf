import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { generatedFiles, generateValidator } from "../validators.ts";

describe("generated validators", () => {
  for (const { file, content } of generatedFiles())
    it(`${file} is what its schema gives; if not, run \`npm run generate\``, () => {
      const path = join(import.meta.dirname, "..", file);
      expect(readFileSync(path, "utf8")).to.equal(content);
    });

  it("rejects a schema that would need ajv at run time", () => {
    expect(() =>
      generateValidator({ type: "array", uniqueItems: true }),
    ).to.throw(TypeError, /needs ajv at run time/);
  });
});

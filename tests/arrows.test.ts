import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";

const root = path.join(import.meta.dirname, "..");

/** The folders of tests that the files of each folder import. */
async function importedFolders(): Promise<Map<string, Set<string>>> {
  const imported = new Map<string, Set<string>>();
  for await (const file of glob("tests/**/*.ts", { cwd: root })) {
    const folder = path.dirname(file);
    const into = imported.get(folder) ?? new Set();
    imported.set(folder, into);
    const source = await readFile(path.join(root, file), "utf8");
    for (const [, target = ""] of source.matchAll(
      /\b(?:from|import\()\s*"(\.[^"]+)"/g,
    ))
      into.add(path.join(folder, path.dirname(target)));
    into.delete(folder);
  }
  return imported;
}

describe("the folders of tests", () => {
  it("do not import each other both ways", async () => {
    const imported = await importedFolders();
    expect([...(imported.get("tests/functions/render") ?? [])]).to.include(
      "tests/support",
    );
    const pairs = [...imported].flatMap(([one, others]) =>
      [...others]
        .filter((other) => one < other && imported.get(other)?.has(one))
        .map((other) => `${one} and ${other}`),
    );
    expect(pairs).to.deep.equal([]);
  });
});

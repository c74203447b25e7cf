import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { glob } from "node:fs/promises";
import { expect } from "chai";
import * as keys from "../functions/contract/keys.ts";

/** Values of keys.ts that are words with other meanings, too. */
const ORDINARY_WORDS: ReadonlySet<string> = new Set([
  "Delete",
  "true",
  keys.PRODUCT,
]);

const root = path.join(import.meta.dirname, "..");

const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) +(\w+)/gm;

/** Names that more than one file exports and declares, as lines to read. A name that is passed on has one meaning. */
function sharedNames(files: ReadonlyMap<string, string>): string[] {
  const found = new Map<string, Set<string>>();
  for (const [file, source] of files)
    for (const [, name = ""] of source.matchAll(DECLARATION))
      found.set(name, (found.get(name) ?? new Set()).add(file));
  return [...found]
    .filter(([, places]) => places.size > 1)
    .map(([name, places]) => `${name}: ${[...places].toSorted().join(", ")}`);
}

/** Comments that begin a line. */
const COMMENTS = /^ *(?:\/\/.*|\/\*[^]*?\*\/)/gm;

/** The values that stand in the code by themselves. A word counts only as a whole text; a key, which has a slash, counts anywhere. */
function literalsIn(source: string, values: readonly string[]): string[] {
  const code = source.replaceAll(COMMENTS, "");
  return values.filter((value) =>
    value.includes("/")
      ? code.includes(value)
      : ['"', "'", "`"].some((quote) => code.includes(quote + value + quote)),
  );
}

/** Sources of our programs, without what is generated. */
async function sources(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const file of glob("{functions,janitor}/**/*.ts", { cwd: root }))
    if (!file.endsWith(".generated.d.ts"))
      files.set(file, readFileSync(path.join(root, file), "utf8"));
  return files;
}

describe("exported names", () => {
  it("have one meaning each in functions/ and janitor/", async () => {
    const files = await sources();
    expect(files.size).to.be.greaterThan(50);
    expect(sharedNames(files)).to.deep.equal([]);
  });
});

describe("keys, values and names of the contract", () => {
  it("stand as literals in keys.ts alone", async () => {
    const values = Object.values(keys)
      .filter((value) => typeof value === "string")
      .filter((value) => !ORDINARY_WORDS.has(value));
    expect(values).to.include.members(["Retain", "volume-claim/name"]);
    const files = await sources();
    files.delete("functions/contract/keys.ts");
    const found = [...files].flatMap(([file, source]) =>
      literalsIn(source, values).map((value) => `${value} in ${file}`),
    );
    expect(found).to.deep.equal([]);
  });

  it("are found in each kind of quotes, and keys also inside a text, but not in comments", () => {
    const values = ["Retain", "volume-claim/name"];
    for (const [source, found] of [
      ['x === "Retain"', ["Retain"]],
      ["x === 'Retain'", ["Retain"]],
      ["x === `Retain`", ["Retain"]],
      ["`with Retain, ${key}`", []],
      ["`the label volume-claim/name`", ["volume-claim/name"]],
      ["'the label volume-claim/name'", ["volume-claim/name"]],
      ["/** The label `volume-claim/name`. */", []],
      ["  // The label volume-claim/name", []],
      ["/**\n * The label volume-claim/name\n */", []],
    ] as const)
      expect(literalsIn(source, values), source).to.deep.equal(found);
  });
});

/** True for a test of a file in `files`: it has the name of that file, or that name, a dash and the subject. */
function mirrors(test: string, files: ReadonlySet<string>): boolean {
  const parts = test.replace(/^tests\//, "").replace(/\.test\.ts$/, "");
  const words = path.basename(parts).split("-");
  return words.some((_, at) =>
    files.has(`${path.dirname(parts)}/${words.slice(0, at + 1).join("-")}.ts`),
  );
}

describe("tests of the function and the janitor", () => {
  it("have the name of the source that they test, and may have a subject after it", async () => {
    const files = new Set((await sources()).keys());
    const tests: string[] = [];
    for await (const test of glob("tests/{functions,janitor}/**/*.test.ts", {
      cwd: root,
    }))
      tests.push(test);
    expect(tests.length).to.be.greaterThan(50);
    expect(tests.filter((test) => !mirrors(test, files))).to.deep.equal([]);
  });

  it("are those of a source, not of another one that begins with the same letters or is in another folder", () => {
    const files = new Set(["janitor/sweep.ts", "functions/pod/set-nodes.ts"]);
    for (const [test, found] of [
      ["tests/janitor/sweep.test.ts", true],
      ["tests/janitor/sweep-of-sets.test.ts", true],
      ["tests/functions/pod/set-nodes.test.ts", true],
      ["tests/functions/pod/set.test.ts", false],
      ["tests/janitor/sweeper.test.ts", false],
      ["tests/janitor/actions/sweep.test.ts", false],
    ] as const)
      expect(mirrors(test, files), test).to.equal(found);
  });
});

describe("docs/architecture.md", () => {
  const text = readFileSync(path.join(root, "docs/architecture.md"), "utf8");

  it("names files that are there", () => {
    const named = [...text.matchAll(/\b(?:[a-z-]+\/)*[a-z.-]+\.ts\b/g)].map(
      ([name]) => name,
    );
    expect(named.length).to.be.greaterThan(20);
    const missing = named.filter(
      (name) =>
        !["", "functions", "janitor"].some((folder) =>
          existsSync(path.join(root, folder, name)),
        ),
    );
    expect(missing).to.deep.equal([]);
  });

  it("has one row for each folder of the function and the janitor", async () => {
    const folders = new Set(["bundle"]);
    for await (const file of glob("{functions,janitor}/**/*.ts", { cwd: root }))
      folders.add(path.dirname(file));
    const table = text.slice(text.indexOf("| folder "));
    const rows = [...table.matchAll(/^\| `([a-z/-]+)\/` /gm)];
    expect(rows.map(([, folder]) => folder)).to.have.members([...folders]);
  });
});

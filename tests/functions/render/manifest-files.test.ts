import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { readManifestFiles } from "../../../functions/render/manifest-files.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const FILES =
  "b.yaml a.yml c.json readme.md deep/d.yaml deep/er/e.yaml below/f.yaml odd[1].yaml";

describe("render reads", () => {
  const directory = temporaryDirectory();

  before(() => {
    for (const name of ["deep/er", "empty", "below/dir.yaml"])
      mkdirSync(join(directory, name), { recursive: true });
    symlinkSync("loop", join(directory, "loop"));
    for (const name of FILES.split(" "))
      writeFileSync(join(directory, name), `# ${name}\n`);
  });

  async function read(
    ...paths: readonly string[]
  ): Promise<{ names: string[]; problems: string[] }> {
    const { files, problems } = await readManifestFiles(
      paths.map((path) => (path === "-" ? path : `${directory}/${path}`)),
      () => Promise.resolve(Buffer.from("# stdin\n")),
    );
    for (const { file, text } of files)
      expect(text).to.equal(
        file === "<stdin>" ? "# stdin\n" : `# ${relative(directory, file)}\n`,
      );
    return {
      names: files.map(({ file }) => file.replace(`${directory}/`, "")),
      problems: problems.map((line) => line.replace(`${directory}/`, "")),
    };
  }

  const rows: Readonly<Record<string, readonly [string, string]>> = {
    "a file with any extension": ["readme.md", "readme.md"],
    "in the order given": ["c.json - a.yml", "c.json <stdin> a.yml"],
    "a directory, as kubectl does": [".", "a.yml b.yaml c.json odd[1].yaml"],
    "no directory in a directory, whatever its name": ["below", "below/f.yaml"],
    "a pattern": ["*.y*ml", "a.yml b.yaml odd[1].yaml"],
    "a pattern through directories": [
      "deep/**/*.yaml",
      "deep/d.yaml deep/er/e.yaml",
    ],
    "a pattern of alternatives": ["{b,zz}.yaml", "b.yaml"],
    "no directory that matches a pattern": ["below/**", "below/f.yaml"],
    "a file whose name looks like a pattern": ["odd[1].yaml", "odd[1].yaml"],
    "each file once": ["b.yaml *.yaml - -", "b.yaml odd[1].yaml <stdin>"],
    "each file once, under the first of its names": [
      "./b.yaml b.yaml deep/../b.yaml deep/d.yaml deep//d.yaml",
      "./b.yaml deep/d.yaml",
    ],
  };
  for (const [what, [paths, names]] of Object.entries(rows))
    it(what, async () => {
      expect(await read(...paths.split(" "))).to.deep.equal({
        names: names.split(" "),
        problems: [],
      });
    });

  it("the other paths, and reports why it cannot read one", async () => {
    const { names, problems } = await read(
      ..."nowhere.yaml *.toml empty loop b.yaml".split(" "),
    );
    expect(names).to.deep.equal(["b.yaml"]);
    expect(problems.slice(0, 3)).to.deep.equal([
      "nowhere.yaml: there is no such file",
      "*.toml: no file matches this pattern",
      "empty: has no *.yaml, *.yml or *.json in it; a pattern such as '**/*.yaml' looks into directories below",
    ]);
    expect(problems[3]).to.match(/^loop: cannot be read: ELOOP/);
    const stdin = await readManifestFiles(["-"], () =>
      Promise.reject(new Error("EISDIR")),
    );
    expect(stdin.problems).to.deep.equal(["-: cannot be read: EISDIR"]);
  });
});

import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect } from "chai";
import { readManifestFiles } from "../../../functions/render/manifest-files.ts";

describe("readManifestFiles", () => {
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "manifests-"));
    mkdirSync(join(directory, "deep/er"), { recursive: true });
    mkdirSync(join(directory, "empty"));
    mkdirSync(join(directory, "below/dir.yaml"), { recursive: true });
    symlinkSync("loop", join(directory, "loop"));
    for (const name of [
      "b.yaml",
      "a.yml",
      "c.json",
      "readme.md",
      "deep/d.yaml",
      "deep/er/e.yaml",
      "below/f.yaml",
      "odd[1].yaml",
    ])
      writeFileSync(join(directory, name), `# ${name}\n`);
  });
  after(() => rmSync(directory, { recursive: true }));

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

  const good: readonly (readonly [
    what: string,
    paths: readonly string[],
    names: readonly string[],
  ])[] = [
    ["a file", ["b.yaml"], ["b.yaml"]],
    ["a file that is named otherwise", ["readme.md"], ["readme.md"]],
    ["standard input", ["-"], ["<stdin>"]],
    [
      "in the order given",
      ["c.json", "-", "a.yml"],
      ["c.json", "<stdin>", "a.yml"],
    ],
    [
      "a directory, as kubectl does",
      ["."],
      ["a.yml", "b.yaml", "c.json", "odd[1].yaml"],
    ],
    ["a pattern", ["*.y*ml"], ["a.yml", "b.yaml", "odd[1].yaml"]],
    [
      "a pattern through directories",
      ["deep/**/*.yaml"],
      ["deep/d.yaml", "deep/er/e.yaml"],
    ],
    ["a pattern of alternatives", ["{b,zz}.yaml"], ["b.yaml"]],
    [
      "a file whose name looks like a pattern",
      ["odd[1].yaml"],
      ["odd[1].yaml"],
    ],
    [
      "a directory, but no directory in it, whatever that is called",
      ["below"],
      ["below/f.yaml"],
    ],
    [
      "what a pattern matches, but no directory",
      ["below/**"],
      ["below/f.yaml"],
    ],
    [
      "each file once",
      ["b.yaml", "*.yaml", "-", "-"],
      ["b.yaml", "odd[1].yaml", "<stdin>"],
    ],
    [
      "each file once, however it is written, and calls it as it is written first",
      ["./b.yaml", "b.yaml", "deep/../b.yaml", "deep/d.yaml", "deep//d.yaml"],
      ["./b.yaml", "deep/d.yaml"],
    ],
  ];
  for (const [what, paths, names] of good)
    it(`reads ${what}`, async () => {
      expect(await read(...paths)).to.deep.equal({ names, problems: [] });
    });

  it("says of each path why there is nothing to read", async () => {
    expect(
      (await read("nowhere.yaml", "*.toml", "empty", "b.yaml")).problems,
    ).to.deep.equal([
      "nowhere.yaml: there is no such file",
      "*.toml: no file matches this pattern",
      "empty: has no *.yaml, *.yml or *.json in it; a pattern such as '**/*.yaml' looks into directories below",
    ]);
  });

  it("says why a path cannot be looked at", async () => {
    const { names, problems } = await read("loop", "b.yaml");
    expect(names).to.deep.equal(["b.yaml"]);
    expect(problems).to.have.lengthOf(1);
    expect(problems[0]).to.match(/^loop: cannot be read: ELOOP/);
  });

  it("says so when standard input cannot be read", async () => {
    const { problems } = await readManifestFiles(["-"], () =>
      Promise.reject(new Error("EISDIR")),
    );
    expect(problems).to.deep.equal(["-: cannot be read: EISDIR"]);
  });
});

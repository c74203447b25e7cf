import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const repository = path.join(import.meta.dirname, "../..");

function read(file: string): string {
  return readFileSync(path.join(repository, file), "utf8");
}

/** A version of a Go module in a go.mod of ours. */
interface GoModule {
  /** The go.mod, from the repository. */
  readonly file: string;
  readonly name: string;
  readonly version: string;
  /** It has a program that is built from it. */
  readonly isTool: boolean;
  /** Our own Go code imports it. */
  readonly isImported: boolean;
}

/** The modules that a go.mod asks for, in the versions that are built. */
function modulesOf(file: string): GoModule[] {
  const text = read(file);
  const tools = [...text.matchAll(/^(?:tool |\t)([^\s()]+)$/gm)].map(
    ([, tool = ""]) => tool,
  );
  const replaced = new Map(
    [...text.matchAll(/^(?:replace |\t)(\S+)(?: v\S+)? => \S+ (v\S+)$/gm)].map(
      ([, name = "", version = ""]) => [name, version],
    ),
  );
  const required = text.matchAll(
    /^(?:require |\t)([^\s()]+) (v\S+)( \/\/ indirect)?$/gm,
  );
  return [...required].map(([, name = "", version = "", indirect]) => ({
    file,
    name,
    version: replaced.get(name) ?? version,
    isTool: tools.some((tool) => `${tool}/`.startsWith(`${name}/`)),
    isImported: indirect === undefined,
  }));
}

describe("docs/e2e.md", () => {
  const modules = globSync("tests/e2e/**/go.mod", { cwd: repository }).flatMap(
    modulesOf,
  );
  const rows = [
    ...read("docs/e2e.md").matchAll(
      /^\| (?:(?<component>\w+): )?(?<what>[^|]+?) +\| (?<version>[^|]+?) +\| Go module `(?<name>[^`]+)`/gm,
    ),
  ].flatMap(({ groups }) => (groups === undefined ? [] : [groups]));

  it("names each Go module with the version that is built for the cluster, or for that component", () => {
    expect(rows).to.have.length.above(10);
    for (const { component, what, version, name } of rows) {
      const folder =
        component === undefined ? "cluster" : `components/${component}`;
      const built = modules.filter(
        (module) =>
          module.file.startsWith(`tests/e2e/${folder}/`) &&
          module.name === name &&
          (module.isTool || module.isImported),
      );
      expect(
        built.map((module) => module.version),
        `${what}, in ${folder}`,
      ).to.deep.equal([version]);
    }
  });

  it("names each Go module whose programs are built", () => {
    const tools = modules.filter(({ isTool }) => isTool);
    expect(rows.map(({ name }) => name)).to.include.members(
      tools.map(({ name }) => name),
    );
  });

  it("names all components", () => {
    const folders = globSync("tests/e2e/components/*/build", {
      cwd: repository,
    }).map((file) => path.basename(path.dirname(file)));
    expect(folders).to.include("storage");
    for (const name of folders)
      expect(read("docs/e2e.md")).to.include(`\n| ${name}: `);
  });
});

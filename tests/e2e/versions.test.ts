import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const repository = path.join(import.meta.dirname, "../..");

function read(file: string): string {
  return readFileSync(path.join(repository, file), "utf8");
}

describe("docs/e2e.md", () => {
  const rows = [
    ...read("docs/e2e.md").matchAll(
      /^\| (?<what>[^|]+?) +\| (?<version>[^|]+?) +\| Go module `(?<module>[^`]+)`/gm,
    ),
  ].flatMap(({ groups }) => (groups === undefined ? [] : [groups]));
  const modules = globSync("tests/e2e/**/go.mod", { cwd: repository })
    .map(read)
    .join("\n");

  it("names the Go modules that the cluster and its components are built from, with their versions", () => {
    expect(rows).to.have.length.above(10);
    for (const { what, version, module } of rows)
      expect(modules, what).to.match(
        RegExp(
          `(?:^|\\s)${module?.replaceAll(".", "\\.")} ${version}(?:\\s|$)`,
        ),
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

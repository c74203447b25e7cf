import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { ARROWS } from "../oxlint.config.ts";

/** Code that only decides: none of it leads to `functions/kubernetes`, whatever the number of steps. */
const PURE: ReadonlySet<string> = new Set([
  "functions/contract",
  "functions/field",
  "functions/template",
  "functions/pool",
  "functions/claim",
  "functions/pod",
  "functions/render",
  "janitor/settings",
  "janitor/verdict",
  "janitor/certificates/decision",
]);

const root = path.join(import.meta.dirname, "..");
const folders = Object.keys(ARROWS);

/** For each folder of the sources the other folders that its files import. */
async function importedFolders(): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for await (const file of glob("{functions,janitor}/**/*.ts", { cwd: root })) {
    const folder = path.dirname(file);
    const targets = found.get(folder) ?? new Set();
    found.set(folder, targets);
    const text = readFileSync(path.join(root, file), "utf8");
    for (const [, specifier = ""] of text.matchAll(/ from "(\.[^"]+\.ts)"/g))
      targets.add(path.join(folder, path.dirname(specifier)));
    targets.delete(folder);
  }
  return found;
}

/** Lints a tree with one file for each import; the result has the files with an error. */
function rejected(imports: ReadonlyMap<string, string>): string[] {
  const tree = mkdtempSync(path.join(tmpdir(), "arrows-"));
  try {
    copyFileSync(
      path.join(root, "oxlint.config.ts"),
      path.join(tree, "oxlint.config.ts"),
    );
    symlinkSync(
      path.join(root, "node_modules"),
      path.join(tree, "node_modules"),
    );
    writeFileSync(path.join(tree, "package.json"), '{"type":"module"}');
    for (const [file, specifier] of imports) {
      mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
      writeFileSync(
        path.join(tree, file),
        `import { x } from "${specifier}";\nexport const y = x;\n`,
      );
    }
    const { stdout } = spawnSync(
      process.execPath,
      [
        path.join(root, "node_modules/oxlint/bin/oxlint"),
        "--format=json",
        "functions",
        "janitor",
      ],
      { cwd: tree, encoding: "utf8" },
    );
    const report = JSON.parse(stdout) as {
      diagnostics: readonly { code: string; filename: string }[];
    };
    return report.diagnostics
      .filter(({ code }) => code.includes("no-restricted-imports"))
      .map(({ filename }) => filename);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** The import of `target` as a file of `folder` writes it. */
function specifierOf(folder: string, target: string): string {
  const relative = path.relative(folder, `${target}/x.ts`);
  return relative.startsWith(".") ? relative : `./${relative}`;
}

describe("oxlint.config.ts", () => {
  it("has a row for each folder of the sources, and only the arrows that are there", async () => {
    const imported = await importedFolders();
    expect([...imported.keys()].toSorted()).to.deep.equal(folders.toSorted());
    for (const [folder, targets] of imported)
      expect([...targets].toSorted(), folder).to.deep.equal(
        ARROWS[folder]?.toSorted(),
      );
  });

  it("has no arrow back: a folder imports only folders that stand above it", () => {
    for (const [index, folder] of folders.entries())
      for (const target of ARROWS[folder] ?? [])
        expect(folders.indexOf(target), `${folder} -> ${target}`).to.be.within(
          0,
          index - 1,
        );
  });

  it("leads from a folder that only decides to such folders alone", () => {
    for (const folder of PURE)
      expect([...PURE], folder).to.include.members([...(ARROWS[folder] ?? [])]);
  });

  it("rejects each import that is not in the table, and accepts the others", () => {
    const imports = new Map<string, string>();
    const wrong: string[] = [];
    for (const folder of folders)
      for (const [index, target] of folders.entries()) {
        if (folder === target) continue;
        const file = `${folder}/imports-${index}.ts`;
        imports.set(file, specifierOf(folder, target));
        if (!ARROWS[folder]?.includes(target)) wrong.push(file);
      }
    expect(rejected(imports).toSorted()).to.deep.equal(wrong.toSorted());
  }).timeout(20_000);

  it("rejects a client of another program wherever something is decided", () => {
    const imports = new Map<string, string>();
    for (const folder of folders)
      for (const [index, client] of [
        "@kubernetes/client-node",
        "node:http",
        "node:https",
        "express",
      ].entries())
        imports.set(`${folder}/client-${index}.ts`, client);
    const free = ["functions/kubernetes/", "functions/http/"];
    expect(rejected(imports).toSorted()).to.deep.equal(
      [...imports.keys()]
        .filter((file) => !free.some((folder) => file.startsWith(folder)))
        .toSorted(),
    );
  }).timeout(20_000);
});

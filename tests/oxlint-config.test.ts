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

/** Modules that reach another program. */
const CLIENTS = [
  "@kubernetes/client-node",
  "@kubernetes/client-node/dist/index.js",
  "node:http",
  "http",
  "node:https",
  "https",
  "node:http2",
  "node:tls",
  "node:net",
  "net",
  "node:dgram",
  "undici",
  "express",
];

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

/** Lints a tree of these files; the result has the files with an error of `rule`. */
function rejected(
  sources: ReadonlyMap<string, string>,
  rule = "no-restricted-imports",
): string[] {
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
    for (const [file, source] of sources) {
      mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
      writeFileSync(path.join(tree, file), source);
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
      .filter(({ code }) => code.includes(rule))
      .map(({ filename }) => filename)
      .toSorted();
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** A file that imports the module. */
function importOf(specifier: string): string {
  return `import { x } from "${specifier}";\nexport const y = x;\n`;
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
        imports.set(file, importOf(specifierOf(folder, target)));
        if (!ARROWS[folder]?.includes(target)) wrong.push(file);
      }
    expect(rejected(imports)).to.deep.equal(wrong.toSorted());
  }).timeout(20_000);

  it("rejects a client of another program wherever something is decided", () => {
    const imports = new Map<string, string>();
    for (const folder of folders)
      for (const [index, client] of CLIENTS.entries())
        imports.set(`${folder}/client-${index}.ts`, importOf(client));
    const free = ["functions/kubernetes/", "functions/http/"];
    expect(rejected(imports)).to.deep.equal(
      [...imports.keys()]
        .filter((file) => !free.some((folder) => file.startsWith(folder)))
        .toSorted(),
    );
  }).timeout(20_000);

  it("rejects what starts or loads a program, except in one file", () => {
    const starts = importOf("node:child_process");
    const files = [
      "functions/pool/x.ts",
      "functions/http/x.ts",
      "functions/kubernetes/x.ts",
    ];
    const sources = new Map([
      ...files.map((file) => [file, starts] as const),
      ["functions/kubernetes/exec-plugin.ts", starts],
      ["functions/kubernetes/module.ts", importOf("node:module")],
    ]);
    expect(rejected(sources)).to.deep.equal(
      [...files, "functions/kubernetes/module.ts"].toSorted(),
    );
  }).timeout(20_000);

  it("holds for each kind of file, and for a folder that has no row", () => {
    const files = [
      "functions/pool/x.mts",
      "functions/pool/x.js",
      "functions/pool/x.mjs",
      "functions/new/x.ts",
      "functions/template/deep/x.ts",
      "janitor/verdict/sub/x.js",
    ];
    const clients = files.map((file) => [file, importOf("node:http")] as const);
    expect(rejected(new Map(clients))).to.deep.equal(files.toSorted());
    const folder = importOf("../contract/x.ts");
    expect(
      rejected(
        new Map([
          ["functions/new/x.ts", folder],
          ["functions/pool/x.ts", folder],
          ["functions/pool/x.mjs", folder],
        ]),
      ),
    ).to.deep.equal(["functions/new/x.ts"]);
  }).timeout(20_000);

  it("rejects the clients that need no import", () => {
    const sources = new Map([
      ["functions/http/x.ts", "await fetch('https://example.com');\n"],
      ["functions/new/x.js", "await fetch('https://example.com');\n"],
      ["janitor/verdict/x.ts", "new WebSocket('wss://example.com');\n"],
      ["janitor/x.ts", "await globalThis.fetch('https://example.com');\n"],
    ]);
    expect(rejected(sources, "no-restricted-globals")).to.deep.equal(
      [...sources.keys()].toSorted(),
    );
  }).timeout(20_000);

  it("rejects a client that is loaded without an import", () => {
    const files = [
      "functions/http/x.ts",
      "functions/pool/x.ts",
      "janitor/x.js",
    ];
    const used = [
      "process.getBuiltinModule('node:http').get('http://example.com');\n",
      "const { getBuiltinModule } = process;\ngetBuiltinModule('node:http');\n",
      "import process from 'node:process';\nprocess['getBuiltinModule']('http');\n",
    ];
    for (const source of used)
      expect(
        rejected(
          new Map(files.map((file) => [file, source])),
          "no-restricted-properties",
        ),
        source,
      ).to.deep.equal(files);
    const imported =
      "import { getBuiltinModule } from 'node:process';\ngetBuiltinModule('node:http');\n";
    expect(
      rejected(new Map(files.map((file) => [file, imported]))),
    ).to.deep.equal(files);
  }).timeout(20_000);

  it("accepts types of a client, and what is no client", () => {
    const sources = new Map([
      [
        "functions/pool/type.ts",
        'import type { V1Pod } from "@kubernetes/client-node";\nexport type Y = V1Pod;\n',
      ],
      [
        "janitor/certificates/ip.ts",
        'import { isIP, isIPv6 } from "node:net";\nexport const y = [isIP, isIPv6];\n',
      ],
      ["functions/template/yaml.ts", importOf("yaml")],
      [
        "janitor/process.ts",
        'import { argv } from "node:process";\nexport const y = argv;\n',
      ],
      ["functions/http/own.ts", importOf("./http.ts")],
    ]);
    expect(rejected(sources)).to.deep.equal([]);
  }).timeout(20_000);
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { readManifestFiles } from "../../../functions/render/manifest-files.ts";
import { readManifests } from "../../../functions/render/read-manifests.ts";
import { findBinaries } from "../../control-plane/binaries.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import type { Ran } from "../../control-plane/run-program.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";

const one = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const json = (name: string): string =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`;
const data = (text: string): string => `${one("a")}data:\n  ${text}\n`;
const two = `${one("a")}---\n${one("b")}`;
const littleEndian = (text: string): Buffer =>
  Buffer.from(`\uFEFF${text}`, "utf16le");

const TEXTS =
  "web 0 0644 0o644 22:30 190:20:30 2026-01-01 2026-01-01T10:00:00Z yes y yellow n on Off True NULL ~ 1_000 1__0 _1 0x1F 0x -0x10 0b11 -5 +1 .5 -.5 1. 1e3 1e 12e03 08 09.5 0777_7 - . + 1.2.3 0644x 10Gi 100m";

type Contents = Readonly<Record<string, string | Buffer>>;

const EMPTY: Contents = {
  nothing: "",
  "separators alone": "---\n---\n",
  "a comment alone": "# a\n",
};

const ONE_OBJECT: Contents = {
  "unquoted texts": `apiVersion: v1\nkind: Example\nnone:\ntexts:\n- ${TEXTS.replaceAll(" ", "\n- ")}\n-\n`,
  "blocks of text": data("x: |\n    a\n     b\n  y: >-\n    a\n    b"),
  "JSON in UTF-16": littleEndian(json("a")),
  "bytes that are not UTF-8": Buffer.from(data('x: "\u00e4"'), "latin1"),
  "the line ends of old Macs": one("a").replaceAll("\n", "\r"),
  "next lines, U+0085": one("a").replaceAll("\n", "\u0085"),
  "no line end at the end": one("a").trimEnd(),
  "--- within a block": data("x: |\n    ---\n    y"),
  "blank lines first": `\n\n${one("a")}`,
  "everything indented": one("a").replaceAll(/^/gm, "  ").trimEnd(),
  "a tab after a value": data("x: y\t"),
  JSON: json("a"),
  "JSON with a byte order mark": `\uFEFF${json("a")}`,
  "JSON after spaces": ` \n\t${json("a")}`,
  "JSON indented by tabs": json("a").replaceAll(",", ",\n\t"),
  "JSON with a comment, which is YAML": `{ # a\n${json("a").slice(1)}`,
  "escapes of JSON in JSON": json("\\ud83d\\ude00\\/\\u007f"),
  "braces without quotes": "{apiVersion: v1, kind: Some, a: {b: c}}",
  "a List of one kind":
    "kind: ConfigMapList\napiVersion: v1\nitems:\n- metadata: {name: a}\n",
  "anchors and merge keys": data(
    "x: &x {a: b, c: on}\n  y: {<<: *x, c: d}\n  z: {<<: [*x]}",
  ),
  "unquoted keys that are not texts": data(
    "on: a\n  010: b\n  1.50: c\n  0x10: d\n  ? no\n  : e\n  x: {y: 1, 5: 2}",
  ),
  "keys that look like numbers": data(
    '"on": a\n  !!str off: b\n  22:30: c\n  2001-01-01: d\n  5x: e',
  ),
  tags: data(
    'x: !!str 12\n  z: !!int "12"\n  b: !!bool "on"\n  f: !!float 1\n  n: !!null ""\n  q: !!binary aGk=',
  ),
  "a template in quotes": data('x: "{{ .Values.x }}"'),
  "a template in a block": data("x: |\n    {{ if x }}\n    y"),
  "a long value": data(`x: ${"a".repeat(70_000)}`),
  "a zero width space in a name": one("a\u200B"),
  "a no-break space after a colon": data("x:\u00A0y"),
};

const TWO_OBJECTS: Contents = {
  "two documents": two,
  "UTF-8 with a byte order mark": `\uFEFF${two}`,
  "UTF-16, little-endian": littleEndian(two),
  "UTF-16, big-endian": littleEndian(two).swap16(),
  "UTF-16 with the line ends of Windows": littleEndian(
    two.replaceAll("\n", "\r\n"),
  ),
  "the line ends of Windows": two.replaceAll("\n", "\r\n"),
  "--- with a comment": two.replace("---", "--- # more"),
  "--- with a comment beside it": two.replace("---", "---# more"),
  "--- with spaces": two.replace("---", "---  \t "),
  "--- with the line end of Windows": two.replace("---", "---\r"),
  "--- twice": two.replace("---", "---\n---"),
  "--- first and last": `--- # a\n${two}---`,
  "... at the end of a document": `${one("a")}...\n---\n${one("b")}`,
  "a directive after ...": `${one("a")}...\n%YAML 1.1\n---\n${one("b")}`,
  "comments and empty documents": `# a\n---\n---\n# b\n---\n${two}`,
  "documents that are null": `${two}---\nnull\n---\n~\n`,
  "values of JSON on lines": `${json("a")}\n${json("b")}\n`,
  "values of JSON, one null": `${json("a")}\nnull\n${json("b")}`,
  "braces in texts of JSON": json('}a\\"{') + json("b\\\\"),
  "JSON documents": `${json("a")}\n---\n${json("b")}`,
  "JSON, then YAML": `${json("a")}\n${one("b")}`,
  "JSON, then a YAML document": `${json("a")}\n---\n${one("b")}`,
  "YAML, then JSON": `${one("a")}---\n${json("b")}`,
  "a List": `kind: List\napiVersion: v1\nitems: [${json("a")}, ${json("b")}]`,
};

const THREE_OBJECTS: Contents = {
  "a byte order mark in each document": `\uFEFF${two}---\n\uFEFF${one("c")}`,
  "values of JSON on a line": json("a") + json("b") + json("c"),
};

const READ = [EMPTY, ONE_OBJECT, TWO_OBJECTS, THREE_OBJECTS].flatMap(
  (contents, objects) =>
    Object.entries(contents).map(([name, content]) => ({
      name,
      content,
      objects,
    })),
);

/** A content, and what render says of it. kubectl has its own words. */
type Rejected = Readonly<
  Record<string, readonly [content: string | Buffer, says: string]>
>;

const REJECTED: Rejected = {
  "UTF-16 without a byte order mark": [
    Buffer.from(one("a"), "utf16le"),
    "1:2: has the character U+0000, which YAML does not allow; a file in UTF-16 needs a byte order mark",
  ],
  "a NUL": [
    data('x: "\0"'),
    "6:7: has the character U+0000, which YAML does not allow",
  ],
  "a control character": [
    data('x: "\u0007"'),
    '6:7: has the control character "\\u0007"',
  ],
  "a delete character": [data("x: a\u007F"), "6:7: has the control"],
  "a document on the line of ---": [
    `${one("a")}--- ${json("b")}`,
    '5:1: "--- {\\"apiVersion\\"',
  ],
  "text beside ---": [
    two.replace("---", "---a"),
    '5:1: "---a" does not separate documents',
  ],
  "more than three dashes": [two.replace("---", "------"), '5:1: "------"'],
  "a tag beside ---": [two.replace("---", "--- !!map"), "5:1: "],
  "--- within quotes": [data('x: "a\n---\nb"'), "is not YAML: Missing"],
  "--- indented": [two.replace("---", " ---"), "5:1: is not YAML"],
  "a version of YAML": [
    `# a\n%YAML 1.1\n---\n${one("a")}`,
    "2:1: is a YAML directive, which kubectl does not read; leave it out",
  ],
  "the directive of a tag": [
    `%TAG ! tag:a.example,2000:\n---\n${one("a")}`,
    "1:1: is a YAML directive",
  ],
  "a text": ["\na\n", "2:1: is not a Kubernetes object: it has no fields"],
  "a list": ["- a\n", "1:1: is not a Kubernetes object"],
  "a text in JSON": ['"a"', "1:1: is not a Kubernetes object"],
  "YAML after values of JSON": [
    `${json("a")}\n${json("b")}\na: b`,
    "3:1: is not JSON, which kubectl expects after several JSON values",
  ],
  "the escape of JSON for a slash in YAML": [
    data('x: "a\\\\\\/b"'),
    "6:10: has the escape \\/, which JSON has",
  ],
  "the escape of JSON for half a character in YAML": [
    data('x: "\\ud83d\\ude00"'),
    "6:7: has the escape \\ud83d",
  ],
  "an infinite number": [data("x: .inf"), ".inf is not a number in JSON"],
  "not a number": [data("x: .NaN"), ".NaN is not a number in JSON"],
  "a null for a key": [data("~: x"), "6:3: is a key without a text"],
  "an empty key": [data(": x"), "is a key without a text"],
  "a map for a key": [data("? {a: b}\n  : c"), "has a key that"],
  "an anchor of another document": [
    `${one("&x a")}---\n${one("*x")}`,
    "Unresolved alias",
  ],
  "a tab for indentation": [one("a").replace("  ", "\t"), "Tabs"],
  "a value of a Helm template": [
    data("x: {{ .Values.x }}"),
    "6:6: is a template ({{ ... }}), not a manifest; render the chart first, for example with helm template",
  ],
  "a Helm template that begins with an action": [
    `{{- if .Values.a }}\n${one("a")}{{- end }}\n`,
    "1:1: is a template",
  ],
  "an action of a Helm template between fields": [
    `${one("a")}{{- with .Values.data }}\ndata:\n  {{- toYaml . | nindent 2 }}\n{{- end }}\n`,
    "5:1: is a template",
  ],
  "a comment of a Helm template over two lines": [
    `{{- /* a:\n b: c */}}\n${one("a")}`,
    "1:1: is a template",
  ],
  "a mistake beside a template in quotes": [
    data('x: "{{ a }}"\n z: y'),
    "7:1: is not YAML: All mapping items",
  ],
};

/** What kubectl silently drops, or what no program writes: docs/render.md has the reasons. */
const ONLY_RENDER_REJECTS: Rejected = {
  "a document after ... that kubectl leaves out": [
    `${one("a")}...\n${one("b")}`,
    "6:1: is another document, which kubectl ignores; write a line with --- before it",
  ],
  "values of JSON in a YAML document, of which kubectl leaves the second out": [
    `---\n${json("a")}\n${json("b")}`,
    "3:1: is not YAML: Unexpected flow-map-start at node end",
  ],
  "a key twice, of which kubectl takes the last": [
    data("x: a\n  x: b"),
    "7:3: is not YAML: Map keys must be unique",
  ],
  "braces whose content is not indented": [
    `${one("a")}data: {\nx: y\n}\n`,
    "6:1: is not YAML: Flow map in block collection must be sufficiently indented",
  ],
  "a quoted text whose second line is not indented": [
    data('x: "a\nb"'),
    '6:8: is not YAML: Missing closing "quote',
  ],
  "line separators, U+2028, in place of line feeds": [
    one("a").replaceAll("\n", "\u2028"),
    "1:13: is not YAML",
  ],
};

describe("render and kubectl", function () {
  this.timeout(20_000);
  let directory: string;
  let read: Ran;
  let rejected: Ran;
  let onlyRenderRejects: Ran;

  const fileOf = (name: string): string =>
    path.join(directory, `${name.replaceAll(/\W/g, "-")}.yaml`);

  before(async function () {
    this.timeout(startTimeoutMs);
    const binaries = await findBinaries();
    if (binaries.missing.includes("kubectl")) {
      process.stderr.write(
        `Skipping "${this.test?.parent?.title}": ${binaries.directory} has no kubectl\n`,
      );
      this.skip();
    }
    directory = await mkdtemp(path.join(tmpdir(), "read-"));

    /** kubectl reads files without a cluster if it only adds an annotation. It continues after a file that it rejects. */
    const kubectl = async (
      contents: readonly (readonly [name: string, content: string | Buffer])[],
    ): Promise<Ran> => {
      for (const [name, content] of contents)
        await writeFile(fileOf(name), content);
      return await runProgram(path.join(binaries.directory, "kubectl"), [
        "annotate",
        "--local",
        "--output=json",
        "read=true",
        ...contents.map(([name]) => `--filename=${fileOf(name)}`),
      ]);
    };
    const ofRejected = (contents: Rejected): Promise<Ran> =>
      kubectl(
        Object.entries(contents).map(([name, [content]]) => [name, content]),
      );
    read = await kubectl(READ.map(({ name, content }) => [name, content]));
    rejected = await ofRejected(REJECTED);
    onlyRenderRejects = await ofRejected(ONLY_RENDER_REJECTS);
  });
  after(async () => {
    if (directory) await rm(directory, { recursive: true });
  });

  async function readByRender(
    name: string,
  ): Promise<{ readonly objects: unknown[]; readonly problems: string[] }> {
    const { files } = await readManifestFiles([fileOf(name)], () =>
      Promise.resolve(Buffer.of()),
    );
    const all = files.map(readManifests);
    return {
      objects: all.flatMap(({ manifests }) =>
        manifests.map(({ object }) => object),
      ),
      problems: all.flatMap(({ problems }) =>
        problems.map(
          ({ line, column, message }) => `${line}:${column}: ${message}`,
        ),
      ),
    };
  }

  for (const [index, { name, objects }] of READ.entries())
    it(`both read ${name}`, async () => {
      expect(read.stderr).to.equal("");
      const theirs = JSON.parse(
        `[${read.stdout.replaceAll(/^\}\s*\{/gm, "},{")}]`,
      ) as unknown[];
      const start = READ.slice(0, index).reduce(
        (sum, before) => sum + before.objects,
        0,
      );
      const ours = await readByRender(name);
      expect(ours.problems).to.deep.equal([]);
      expect(ours.objects).to.have.lengthOf(objects);
      expect(ours.objects.map(annotated)).to.deep.equal(
        theirs.slice(start, start + objects),
      );
    });

  for (const [name, [, says]] of Object.entries(REJECTED))
    it(`both reject ${name}`, async () => {
      expect(rejected.stderr).to.include(fileOf(name));
      expect((await readByRender(name)).problems[0]).to.include(says);
    });

  for (const [name, [, says]] of Object.entries(ONLY_RENDER_REJECTS))
    it(`only render rejects ${name}`, async () => {
      expect(onlyRenderRejects.stderr).to.equal("");
      expect((await readByRender(name)).problems[0]).to.include(says);
    });
});

/** The object with the annotation that kubectl adds. */
function annotated(object: unknown): unknown {
  const { metadata, ...fields } = object as { readonly metadata?: object };
  return {
    ...fields,
    metadata: { ...metadata, annotations: { read: "true" } },
  };
}

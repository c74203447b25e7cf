import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { readManifestFiles } from "../../../functions/render/manifest-files.ts";
import { readManifests } from "../../../functions/render/read-manifests.ts";
import { runProgram } from "../../support/run-program.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";
import { findBinaries } from "../../control-plane/binaries.ts";

/** What becomes of a file. Words are those of render: kubectl has its own. */
type Outcome =
  | { readonly both: "read"; readonly objects: number }
  | { readonly both: "refuse"; readonly says: string }
  /** What kubectl drops without a word, or what no program writes: the reason stands in docs/render.md. */
  | { readonly onlyRenderRefuses: string };

interface Case {
  readonly name: string;
  readonly content: string | Buffer;
  readonly outcome: Outcome;
}

const one = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const json = (name: string): string =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`;
const data = (text: string): string => `${one("a")}data:\n  ${text}\n`;
const two = `${one("a")}---\n${one("b")}`;
const littleEndian = (text: string): Buffer =>
  Buffer.from(`\uFEFF${text}`, "utf16le");

const read = (objects: number): Outcome => ({ both: "read", objects });
const refuse = (says: string): Outcome => ({ both: "refuse", says });

const cases: readonly Case[] = [
  ...(
    [
      ["two documents", two, 2],
      ["UTF-8 with a byte order mark", `\uFEFF${two}`, 2],
      ["a byte order mark in each document", `${two}---\n\uFEFF${one("c")}`, 3],
      ["UTF-16, little-endian", littleEndian(two), 2],
      ["UTF-16, big-endian", littleEndian(two).swap16(), 2],
      [
        "UTF-16 with the line ends of Windows",
        littleEndian(two.replaceAll("\n", "\r\n")),
        2,
      ],
      ["JSON in UTF-16", littleEndian(json("a")), 1],
      [
        "bytes that are no UTF-8",
        Buffer.from(data('x: "\u00e4"'), "latin1"),
        1,
      ],
      ["the line ends of Windows", two.replaceAll("\n", "\r\n"), 2],
      ["the line ends of old Macs", one("a").replaceAll("\n", "\r"), 1],
      ["next lines, U+0085", one("a").replaceAll("\n", "\u0085"), 1],
      ["no line end at the end", one("a").trimEnd(), 1],
      ["--- with a comment", two.replace("---", "--- # more"), 2],
      ["--- with a comment beside it", two.replace("---", "---# more"), 2],
      ["--- with spaces", two.replace("---", "---  \t "), 2],
      ["--- with the line end of Windows", two.replace("---", "---\r"), 2],
      ["--- twice", two.replace("---", "---\n---"), 2],
      ["--- first and last", `--- # a\n${two}---`, 2],
      ["--- within a block", data("x: |\n    ---\n    y"), 1],
      ["... at the end of a document", `${one("a")}...\n---\n${one("b")}`, 2],
      [
        "a directive after ...",
        `${one("a")}...\n%YAML 1.1\n---\n${one("b")}`,
        2,
      ],
      ["nothing", "", 0],
      ["separators alone", "---\n---\n", 0],
      ["a comment alone", "# a\n", 0],
      ["comments and empty documents", `# a\n---\n---\n# b\n---\n${two}`, 2],
      ["documents that are null", `${two}---\nnull\n---\n~\n`, 2],
      ["blank lines first", `\n\n${one("a")}`, 1],
      ["everything indented", one("a").replaceAll(/^/gm, "  ").trimEnd(), 1],
      ["a tab after a value", data("x: y\t"), 1],
      ["JSON", json("a"), 1],
      ["JSON with a byte order mark", `\uFEFF${json("a")}`, 1],
      ["JSON after blanks", ` \n\t${json("a")}`, 1],
      ["JSON indented by tabs", json("a").replaceAll(",", ",\n\t"), 1],
      ["values of JSON on a line", json("a") + json("b") + json("c"), 3],
      ["values of JSON on lines", `${json("a")}\n${json("b")}\n`, 2],
      ["values of JSON, one null", `${json("a")}\nnull\n${json("b")}`, 2],
      ["braces in texts of JSON", json('}a\\"{') + json("b\\\\"), 2],
      ["JSON documents", `${json("a")}\n---\n${json("b")}`, 2],
      ["JSON, then YAML", `${json("a")}\n${one("b")}`, 2],
      ["JSON, then a YAML document", `${json("a")}\n---\n${one("b")}`, 2],
      ["YAML, then JSON", `${one("a")}---\n${json("b")}`, 2],
      ["JSON with a comment, which is YAML", `{ # a\n${json("a").slice(1)}`, 1],
      ["escapes of JSON in JSON", json("\\ud83d\\ude00\\/\\u007f"), 1],
      ["braces without quotes", "{apiVersion: v1, kind: Some, a: {b: c}}", 1],
      [
        "a List",
        `kind: List\napiVersion: v1\nitems: [${json("a")}, ${json("b")}]`,
        2,
      ],
      [
        "a List of one kind",
        "kind: ConfigMapList\napiVersion: v1\nitems:\n- metadata: {name: a}\n",
        1,
      ],
      [
        "anchors and merge keys",
        data("x: &x {a: b}\n  y: {<<: *x, c: d}\n  z: {<<: [*x]}"),
        1,
      ],
      [
        "unquoted keys that are no texts",
        data(
          "on: a\n  010: b\n  1.50: c\n  0x10: d\n  ? no\n  : e\n  x: {y: 1, 5: 2}",
        ),
        1,
      ],
      [
        "keys that look like numbers",
        data('"on": a\n  !!str off: b\n  22:30: c\n  2001-01-01: d\n  5x: e'),
        1,
      ],
      [
        "tags",
        data(
          'x: !!str 12\n  z: !!int "12"\n  b: !!bool "on"\n  f: !!float 1\n  n: !!null ""\n  q: !!binary aGk=',
        ),
        1,
      ],
      ["a template in quotes", data('x: "{{ .Values.x }}"'), 1],
      ["a template in a block", data("x: |\n    {{ if x }}\n    y"), 1],
      ["a long value", data(`x: ${"a".repeat(70_000)}`), 1],
      ["a zero width space in a name", one("a\u200B"), 1],
      ["a no-break space after a colon", data("x:\u00A0y"), 1],
    ] as const
  ).map(([name, content, objects]): Case => ({
    name,
    content,
    outcome: read(objects),
  })),
  ...(
    [
      [
        "UTF-16 without a byte order mark",
        Buffer.from(one("a"), "utf16le"),
        "1:2: has the character U+0000, which YAML does not allow; a file in UTF-16 needs a byte order mark",
      ],
      [
        "a NUL",
        data('x: "\0"'),
        "6:7: has the character U+0000, which YAML does not allow",
      ],
      [
        "a control character",
        data('x: "\u0007"'),
        '6:7: has the control character "\\u0007"',
      ],
      ["a delete character", data("x: a\u007F"), "6:7: has the control"],
      [
        "a document on the line of ---",
        `${one("a")}--- ${json("b")}`,
        '5:1: "--- {\\"apiVersion\\"',
      ],
      [
        "text beside ---",
        two.replace("---", "---a"),
        '5:1: "---a" separates no documents',
      ],
      ["more than three dashes", two.replace("---", "------"), '5:1: "------"'],
      ["a tag beside ---", two.replace("---", "--- !!map"), "5:1: "],
      ["--- within quotes", data('x: "a\n---\nb"'), "is not YAML: Missing"],
      ["--- indented", two.replace("---", " ---"), "5:1: is not YAML"],
      [
        "a version of YAML",
        `# a\n%YAML 1.1\n---\n${one("a")}`,
        "2:1: is a YAML directive, which kubectl does not read; leave it out",
      ],
      [
        "a tag's directive",
        `%TAG ! tag:a.example,2000:\n---\n${one("a")}`,
        "1:1: is a YAML directive",
      ],
      ["a text", "a\n", "1:1: is not a Kubernetes object: it has no fields"],
      ["a list", "- a\n", "1:1: is not a Kubernetes object"],
      ["a text in JSON", '"a"', "1:1: is not a Kubernetes object"],
      [
        "what is no JSON after values of JSON",
        `${json("a")}\n${json("b")}\na: b`,
        "3:1: is not JSON, which kubectl expects after several values of JSON",
      ],
      [
        "an escape of JSON for a slash in YAML",
        data('x: "a\\\\\\/b"'),
        "6:10: has the escape \\/, which is one of JSON",
      ],
      [
        "an escape of JSON for half a character in YAML",
        data('x: "\\ud83d\\ude00"'),
        "6:7: has the escape \\ud83d",
      ],
      ["an infinite number", data("x: .inf"), ".inf is no number of JSON"],
      ["no number", data("x: .NaN"), ".NaN is no number of JSON"],
      ["a key without a text", data("~: x"), "6:3: is a key without a text"],
      ["an empty key", data(": x"), "is a key without a text"],
      ["a key that is a map", data("? {a: b}\n  : c"), "has a key that"],
      [
        "an anchor of another document",
        `${one("&x a")}---\n${one("*x")}`,
        "Unresolved alias",
      ],
      ["a tab for indentation", one("a").replace("  ", "\t"), "Tabs"],
      [
        "a value of a Helm template",
        data("x: {{ .Values.x }}"),
        "6:6: is a template ({{ ... }}), not a manifest; render the chart first, for example with helm template",
      ],
      [
        "a Helm template that begins with an action",
        `{{- if .Values.a }}\n${one("a")}{{- end }}\n`,
        "1:1: is a template",
      ],
      [
        "an action of a Helm template between fields",
        `${one("a")}{{- with .Values.data }}\ndata:\n  {{- toYaml . | nindent 2 }}\n{{- end }}\n`,
        "5:1: is a template",
      ],
      [
        "a comment of a Helm template over two lines",
        `{{- /* a:\n b: c */}}\n${one("a")}`,
        "1:1: is a template",
      ],
      [
        "a mistake beside a template in quotes",
        data('x: "{{ a }}"\n z: y'),
        "7:1: is not YAML: All mapping items",
      ],
    ] as const
  ).map(([name, content, says]): Case => ({
    name,
    content,
    outcome: refuse(says),
  })),
  ...(
    [
      [
        "a document after ... that kubectl leaves out",
        `${one("a")}...\n${one("b")}`,
        "6:1: is one more document, which kubectl leaves out; write a line with --- before it",
      ],
      [
        "values of JSON in a YAML document, of which kubectl leaves the second out",
        `---\n${json("a")}\n${json("b")}`,
        "3:1: is not YAML: Unexpected flow-map-start at node end",
      ],
      [
        "a key twice, of which kubectl takes the last",
        data("x: a\n  x: b"),
        "7:3: is not YAML: Map keys must be unique",
      ],
      [
        "braces whose content is not indented",
        `${one("a")}data: {\nx: y\n}\n`,
        "6:1: is not YAML: Flow map in block collection must be sufficiently indented",
      ],
      [
        "a quoted text whose second line is not indented",
        data('x: "a\nb"'),
        '6:8: is not YAML: Missing closing "quote',
      ],
      [
        "line separators, U+2028, in place of line feeds",
        one("a").replaceAll("\n", "\u2028"),
        "1:13: is not YAML",
      ],
    ] as const
  ).map(([name, content, onlyRenderRefuses]): Case => ({
    name,
    content,
    outcome: { onlyRenderRefuses },
  })),
];

describe("render and kubectl", function () {
  this.timeout(20_000);
  let directory: string;
  let kubectl: string;

  before(async function () {
    this.timeout(startTimeoutMs);
    const binaries = await findBinaries();
    if (binaries.missing.includes("kubectl")) {
      process.stderr.write(
        `Skipping "${this.test?.parent?.title}": ${binaries.directory} has no kubectl\n`,
      );
      this.skip();
    }
    kubectl = path.join(binaries.directory, "kubectl");
    directory = await mkdtemp(path.join(tmpdir(), "read-"));
  });
  after(async () => {
    if (directory) await rm(directory, { recursive: true });
  });

  /** What kubectl reads, without a cluster: it can do that where it only adds an annotation. */
  async function readByKubectl(
    file: string,
  ): Promise<{ readonly objects: unknown[]; readonly refuses: boolean }> {
    const { stdout, exitCode } = await runProgram(kubectl, [
      "annotate",
      "--local",
      "--output=json",
      `--filename=${file}`,
      "read=true",
    ]);
    return {
      objects: JSON.parse(`[${stdout.replaceAll(/^\}\s*\{/gm, "},{")}]`),
      refuses: exitCode !== 0,
    };
  }

  for (const [index, { name, content, outcome }] of cases.entries()) {
    const title =
      "onlyRenderRefuses" in outcome
        ? `differ: render refuses ${name}`
        : `both ${outcome.both} ${name}`;
    it(title, async () => {
      const file = path.join(directory, `${index}.yaml`);
      await writeFile(file, content);
      const theirs = await readByKubectl(file);
      const ours = await readByRender(file);
      if ("both" in outcome && outcome.both === "read") {
        expect(theirs.refuses).to.equal(false);
        expect(ours.problems).to.deep.equal([]);
        expect(ours.objects.map(annotated)).to.deep.equal(theirs.objects);
        expect(ours.objects).to.have.length(outcome.objects);
        return;
      }
      expect(theirs.refuses).to.equal("both" in outcome);
      const says = "both" in outcome ? outcome.says : outcome.onlyRenderRefuses;
      expect(ours.problems[0]).to.include(says);
    });
  }
});

async function readByRender(
  file: string,
): Promise<{ readonly objects: unknown[]; readonly problems: string[] }> {
  const { files } = await readManifestFiles([file], () =>
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

/** The object with the annotation that kubectl adds. */
function annotated(object: unknown): unknown {
  const { metadata, ...fields } = object as { readonly metadata?: object };
  return {
    ...fields,
    metadata: { ...metadata, annotations: { read: "true" } },
  };
}

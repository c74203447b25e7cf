import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { readManifestFiles } from "../../../functions/render/manifest-files.ts";
import { readManifests } from "../../../functions/render/read-manifests.ts";
import { findBinaries } from "../../control-plane/binaries.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import type { Ran } from "../../control-plane/run-program.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const one = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const json = (name: string): string =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`;
const two = `${one("a")}---\n${one("b")}`;
const littleEndian = (text: string): Buffer =>
  Buffer.from(`\uFEFF${text}`, "utf16le");

const TEXTS =
  "web 0 0644 0o644 22:30 190:20:30 2026-01-01 2026-01-01T10:00:00Z yes y yellow n on Off True NULL ~ 1_000 1__0 _1 0x1F 0x -0x10 0b11 -5 +1 .5 -.5 1. 1e3 1e 12e03 08 09.5 0777_7 - . + 1.2.3 0644x 10Gi 100m";

type Contents = Readonly<Record<string, string | Buffer>>;

/** A content, and what render says of it. kubectl has its own words. */
type Rejected = Readonly<
  Record<string, { readonly content: string | Buffer; readonly says: string }>
>;

const cases = parse(
  readFileSync(new URL("read-like-kubectl.yaml", import.meta.url), "utf8"),
  (_key, value: unknown) =>
    typeof value === "string"
      ? value
          .replaceAll(/<([abc])>/g, (_, name: string) => one(name))
          .replaceAll(/<([abc])\.json>/g, (_, name: string) => json(name))
      : value,
) as Record<`${"no" | "one" | "two" | "three"} objects`, Contents> &
  Record<"rejected" | "only render rejects", Rejected>;

const READ = [
  cases["no objects"],
  {
    ...cases["one objects"],
    "unquoted texts": `apiVersion: v1\nkind: Example\nnone:\ntexts:\n- ${TEXTS.replaceAll(" ", "\n- ")}\n-\n`,
    "JSON in UTF-16": littleEndian(json("a")),
    "bytes that are not UTF-8": Buffer.from(
      `${one("a")}data: {x: "\u00e4"}`,
      "latin1",
    ),
    "a long value": `${one("a")}data: {x: ${"a".repeat(70_000)}}`,
  },
  {
    ...cases["two objects"],
    "UTF-16, little-endian": littleEndian(two),
    "UTF-16, big-endian": littleEndian(two).swap16(),
    "UTF-16 with the line ends of Windows": littleEndian(
      two.replaceAll("\n", "\r\n"),
    ),
  },
  cases["three objects"],
].flatMap((contents, objects) =>
  Object.entries(contents).map(([name, content]) => ({
    name,
    content,
    objects,
  })),
);

const REJECTED: Rejected = {
  ...cases.rejected,
  "UTF-16 without a byte order mark": {
    content: Buffer.from(one("a"), "utf16le"),
    says: "1:2: has the character U+0000, which YAML does not allow; a file in UTF-16 needs a byte order mark",
  },
};
const ONLY_RENDER_REJECTS = cases["only render rejects"];

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
    directory = temporaryDirectory();

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
        Object.entries(contents).map(([name, { content }]) => [name, content]),
      );
    read = await kubectl(READ.map(({ name, content }) => [name, content]));
    rejected = await ofRejected(REJECTED);
    onlyRenderRejects = await ofRejected(ONLY_RENDER_REJECTS);
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

  for (const [name, { says }] of Object.entries(REJECTED))
    it(`both reject ${name}`, async () => {
      expect(rejected.stderr).to.include(fileOf(name));
      expect((await readByRender(name)).problems[0]).to.include(says);
    });

  for (const [name, { says }] of Object.entries(ONLY_RENDER_REJECTS))
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

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import fc from "fast-check";
import { parse, parseAllDocuments } from "yaml";
import {
  writeOutput,
  yamlText,
} from "../../../functions/render/print-manifests.ts";
import { NAME, render } from "./render-program.ts";

/** Of such pieces a text is made that is easily taken for something else. */
const PIECES =
  "a|1|0x| |\n|:|: |#| #|- |-|~|yes|on|null|.|e|E|T|_|!|&|*|%|@|`|{|}|[|]|,|=|<|<<|>|?|'|\"|\\|\t|\r|\u0085|\u00a0|\u2028|\ufeff|\ud800|…|😀|---|...|2026-01-01|22:30".split(
    "|",
  );

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom(...PIECES, "|"), { maxLength: 8 })
    .map((pieces) => pieces.join("")),
);

const keys = texts.filter((text) => text !== "__proto__" && text !== "<<");

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    texts,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
}));

describe("yamlText", () => {
  it("writes what every reader of YAML 1.1 and 1.2 takes for the same value", () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = yamlText(value);
        for (const options of [{}, { schema: "yaml-1.1" }] as const)
          expect(parse(text, options)).to.deep.equal(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it("writes as people do", () => {
    expect(
      yamlText({
        name: "build-cache-<hash>",
        "volume-claim-template/name": "cache",
        managed: "true",
        size: "10Gi",
        schedule: "*/5 * * * *",
        replicas: 3,
        nothing: null,
        none: [],
        args: ["--dir=/data", "yes", "0644", "a: b", "ends with:", "# no"],
        containers: [{ name: "a", emptyDir: {} }, [1, [2]]],
        script: "set -e\n\tmake\n\nif x; then\n  y\nfi\n",
        kept: "two\nlines\n\n",
        stripped: "two\nlines",
        odd: " first\nsecond",
        skipped: undefined,
      }),
    ).to.equal(`name: build-cache-<hash>
volume-claim-template/name: cache
managed: "true"
size: 10Gi
schedule: "*/5 * * * *"
replicas: 3
nothing: null
none: []
args:
  - --dir=/data
  - "yes"
  - "0644"
  - "a: b"
  - "ends with:"
  - "# no"
containers:
  - name: a
    emptyDir: {}
  - - 1
    - - 2
script: |
  set -e
  \tmake

  if x; then
    y
  fi
kept: |+
  two
  lines

stripped: |-
  two
  lines
odd: " first\\nsecond"
`);
  });
});

/** What nobody sees or a terminal obeys: an escape sequence, a line end, and what changes the direction or the width of a text. */
const ODD = "\u001B[2J\u009B\n\u200B\u00A0\u202E\u2066\uFEFF\u{E0041}\uFE0F";
const ODD_SHOWN =
  "\\u001b[2J\\u009b\\n\\u200b\\u00a0\\u202e\\u2066\\ufeff\\u{e0041}\\ufe0f";

/** All of what must not reach a terminal; line ends are looked for apart, and tabs stay in blocks of text. */
const RAW = /[^\P{C}\n\t]|[^\P{Z} ]|\uFE0F/u;

const manifest = (kind: string, name: string): object => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name, namespace: `shop${ODD}` },
  spec: {
    template: {
      metadata: {
        annotations: {
          "volume-claim-template/name": "cache",
          "volume-claim-template/storage": "1Gi",
          [`example.com/${ODD}`]: `a\nb${ODD}`,
          "example.com/text": "first\n\tsecond\n",
        },
      },
      spec: {
        containers: [{ name: "app" }],
        volumes: [{ name: "cache", emptyDir: {} }],
      },
    },
  },
});

describe("render shows no character raw that nobody sees", function () {
  this.timeout(20_000);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "invisible-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  const input = JSON.stringify(manifest("Deployment", `web${ODD}`));

  it("in YAML, which is the same when it is read", async () => {
    const { stdout, exitCode } = await render(["-"], input);
    expect(exitCode).to.equal(0);
    expect(stdout).not.to.match(RAW);
    expect(stdout).to.include(`# Each Pod of Deployment/web${ODD_SHOWN} gets`);
    expect(stdout).to.include("|\n          first\n          \tsecond\n");
    const [, object] = parseAllDocuments(stdout).map((each) => each.toJS());
    expect(object).to.have.nested.property(
      `spec.template.metadata.annotations.example\\.com/${ODD.replace("[", "\\[")}`,
      `a\nb${ODD}`,
    );
  });

  it("in JSON, which is the same when it is read", async () => {
    const { stdout, exitCode } = await render(["-", "-o", "json"], input);
    expect(exitCode).to.equal(0);
    expect(stdout).not.to.match(RAW);
    const { items } = JSON.parse(stdout) as {
      items: { metadata: { name: string } }[];
    };
    expect(items[1]?.metadata.name).to.equal(`web${ODD}`);
  });

  it("in the table, and in its JSON", async () => {
    const { stdout } = await render(["-", "--summary"], input);
    expect(stdout).not.to.match(RAW);
    expect(stdout.split("\n")[1]).to.match(/^shop\\u001b\[2J/);
    expect(stdout).to.include(`Deployment/web${ODD_SHOWN}   cache`);
    const json = await render(["-", "--summary", "--output=json"], input);
    expect(json.stdout).not.to.match(RAW);
    expect(JSON.parse(json.stdout)).to.have.nested.property(
      "volumes[0].workload",
      `Deployment/web${ODD}`,
    );
  });

  it("in names of files that are there, and in what is wrong in them", async () => {
    const file = join(directory, `a${ODD}.yaml`);
    writeFileSync(
      file,
      `${JSON.stringify(manifest("Deployment", "a"))}\n---\n"\u200B": [\n`,
    );
    const { stdout, stderr, exitCode } = await render([file]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.equal("");
    expect(stderr).not.to.match(RAW);
    expect(stderr).to.match(/^[^\n]*\n$/);
    expect(stderr).to.include(`/a${ODD_SHOWN}.yaml:4:1: is not YAML: `);
  });

  it("in names of files that are not there, and in flags", async () => {
    for (const args of [
      [`nowhere${ODD}.yaml`],
      [`--flag${ODD}`, "x"],
      ["x", "--output", `json${ODD}`],
    ]) {
      const { stderr, exitCode } = await render(args);
      expect(exitCode).to.equal(2);
      expect(stderr).not.to.match(RAW);
      expect(stderr)
        .to.match(/^[^\n]*\n$/)
        .and.to.include(`${NAME}: `);
      expect(stderr).to.include("\\u202e");
    }
  });

  it("in a warning", async () => {
    const { metadata, ...object } = manifest("Deployment", `web${ODD}`) as {
      metadata: object;
    };
    const misplaced = {
      ...object,
      metadata: {
        ...metadata,
        annotations: { [`volume-claim-template/${ODD}`]: "cache" },
      },
    };
    const { stderr } = await render(["-"], JSON.stringify(misplaced));
    expect(stderr).not.to.match(RAW);
    expect(stderr).to.match(/^<stdin>:1:\d+: warning: [^\n]*\n$/);
    expect(stderr).to.include(
      `nothing reads volume-claim-template/${ODD_SHOWN}`,
    );
  });
});

/** An output that takes at most four bytes at once, and after twelve fails with `code`. */
function outputFailing(code?: string): {
  readonly stream: () => PassThrough;
  readonly write: (bytes: Uint8Array) => number;
  readonly taken: () => string;
} {
  const stream = new PassThrough();
  let taken = "";
  return {
    stream: () => stream,
    write: (bytes) => {
      if (code && taken.length >= 12)
        throw Object.assign(new Error(code), { code });
      taken += Buffer.from(bytes.subarray(0, 4)).toString();
      return Math.min(4, bytes.length);
    },
    taken: () => taken,
  };
}

describe("writeOutput", () => {
  const text = "a text of twenty-nine letters";

  it("writes all of a text that is taken piece by piece", () => {
    const output = outputFailing();
    writeOutput(text, output);
    expect(output.taken()).to.equal(text);
  });

  it("leaves the rest to a stream when no more is taken at once", () => {
    const output = outputFailing("EAGAIN");
    writeOutput(text, output);
    expect(output.taken() + String(output.stream().read())).to.equal(text);
  });

  it("is content when the reader has gone, whenever that is", () => {
    writeOutput(text, outputFailing("EPIPE"));
    const later = outputFailing("EAGAIN");
    writeOutput(text, later);
    later.stream().emit("error", new Error("EPIPE"));
  });

  it("fails when it cannot write", () => {
    expect(() => writeOutput(text, outputFailing("ENOSPC"))).to.throw("ENOSPC");
  });
});

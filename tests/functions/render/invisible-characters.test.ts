import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { NAME, render } from "./render-program.ts";

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

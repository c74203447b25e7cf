import { readFileSync } from "node:fs";
import { appendFile, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { TEMPLATE_DATA_SOURCE } from "../../functions/contract/keys.ts";
import {
  aPod,
  aRequest,
  aReview,
  cacheAnnotations,
} from "../support/builders.ts";
import { FUNCTION } from "../support/built-programs.ts";
import { eventually } from "../support/eventually.ts";
import { portOf, startProgram } from "../support/program.ts";
import type { Program } from "../support/program.ts";

/** Of a Pod whose claim starts from the newest snapshot, which is looked for. */
const annotations = {
  ...cacheAnnotations,
  [TEMPLATE_DATA_SOURCE]: "VolumeSnapshot?app=orders",
};

const bundle = path.dirname(FUNCTION);

describe("the stack of a fault of our own in the log of the built function", function () {
  this.timeout(20_000);
  let directory: string;
  let server: Server;
  let program: Program | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "stacks-"));
    // Its lists are none, which is what no API server does.
    server = createServer((incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(200, { "content-type": "application/json" });
      outgoing.end('{"items":{}}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await writeFile(
      path.join(directory, "config"),
      JSON.stringify({
        clusters: [
          { name: "c", cluster: { server: `http://127.0.0.1:${port}` } },
        ],
        contexts: [{ name: "x", context: { cluster: "c" } }],
        "current-context": "x",
      }),
    );
  });
  afterEach(async () => {
    program?.process.kill("SIGKILL");
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true });
  });

  /** Starts the function of `file`, lets it fail, and returns the stack in its log. */
  async function stackOf(file: string): Promise<string> {
    const started = startProgram(file, {
      env: {
        PORT: "0",
        HOME: directory,
        KUBECONFIG: path.join(directory, "config"),
      },
    });
    program = started;
    const port = await portOf(started);
    const answer = await fetch(`http://127.0.0.1:${port}/mutate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(aReview(aRequest(aPod({ annotations })))),
    });
    expect(await answer.text()).to.include('"code":500');
    const line = await eventually("the log has it", () =>
      started
        .stdout()
        .split("\n")
        .find((text) => text.includes('"msg":"admission failed"')),
    );
    return (JSON.parse(line) as { error: string }).error;
  }

  /** Copies the bundle as an image has it; returns the program's file. */
  async function copyBundle(): Promise<string> {
    const main = path.join(directory, "main.mjs");
    await copyFile(path.join(bundle, "main.js"), main);
    await copyFile(
      path.join(bundle, "seldom-used.cjs"),
      path.join(directory, "seldom-used.cjs"),
    );
    return main;
  }

  it("names files, lines and functions of the sources, in the two files of an image", async () => {
    const stack = await stackOf(await copyBundle());
    const [message, ...frames] = stack.split("\n");
    expect(message).to.match(/^TypeError: .*reduce is not a function$/);
    expect(frames[0]).to.match(
      /^ {4}at (async )?searchAll \(functions\/claim\/data-sources\.ts:\d+:\d+\)$/,
    );
    const [, line = ""] = /:(\d+):\d+\)$/.exec(frames[0] ?? "") ?? [];
    const source = readFileSync("functions/claim/data-sources.ts", "utf8");
    expect(source.split("\n")[Number(line) - 1]).to.include("items.reduce(");
    expect(stack).to.include("functions/admission/handler.ts");
    expect(stack).not.to.include("main.mjs");
  });

  it("still names functions where nobody has the places in the sources", async () => {
    const main = await copyBundle();
    await appendFile(
      path.join(directory, "seldom-used.cjs"),
      "delete exports.sourceMap;\n",
    );
    expect(await stackOf(main)).to.match(
      /^ {4}at (async )?searchAll \(file:\S+main\.mjs:\d+:\d+\)$/m,
    );
  });
});

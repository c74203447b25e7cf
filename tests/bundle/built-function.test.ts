import { copyFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { Server } from "node:net";
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
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { listening } from "../control-plane/free-port.ts";

interface Verdict {
  readonly allowed: boolean;
  readonly status: { readonly code: number; readonly message: string };
}

/** Sends the function a Pod with these annotations. */
async function admit(
  port: number,
  annotations?: Record<string, string>,
): Promise<Verdict> {
  const pod = aPod(annotations === undefined ? {} : { annotations });
  const answer = await fetch(`http://127.0.0.1:${port}/mutate?timeout=4s`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(aReview(aRequest(pod))),
  });
  const { response } = (await answer.json()) as {
    response: Verdict;
  };
  return response;
}

describe("the function as `npm run build` makes it", function () {
  this.timeout(20_000);
  let directory: string;
  let program: Program | undefined;
  let server: Server | undefined;

  beforeEach(async () => {
    directory = temporaryDirectory();
  });
  afterEach(async () => {
    program?.process.kill("SIGKILL");
    server?.close();
  });

  /** Starts the function's file, alone in a directory, as an image has it; returns its port. */
  async function start(
    cluster?: Readonly<Record<string, string>>,
  ): Promise<number> {
    const main = path.join(directory, "main.mjs");
    await copyFile(FUNCTION, main);
    const kubeconfig = path.join(directory, "config");
    // Credentials for a server of http: are an error.
    const user = cluster?.["server"]?.startsWith("https:") ? "u" : undefined;
    if (cluster !== undefined)
      await writeFile(
        kubeconfig,
        JSON.stringify({
          "current-context": "x",
          contexts: [{ name: "x", context: { cluster: "c", user } }],
          users: [{ name: "u", user: { token: "secret" } }],
          clusters: [{ name: "c", cluster }],
        }),
      );
    program = startProgram(main, {
      env: {
        PORT: "0",
        HOME: directory,
        ...(cluster === undefined ? {} : { KUBECONFIG: kubeconfig }),
      },
    });
    return await portOf(program);
  }

  /** Listens on a free port, and closes after the test. */
  async function listen(toListen: Server): Promise<number> {
    server = toListen;
    return await listening(toListen);
  }

  it("needs no file but its own", async () => {
    const port = await start();
    const { allowed, status } = await admit(port);
    expect(allowed).to.equal(false);
    expect(status.message).to.include("no cluster");
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await metrics.text()).to.include(
      'stateful_deployments_admissions_total{outcome="errored"} 1',
    );
    expect(program?.stderr()).to.equal("");
  });

  for (const { scheme, begins } of [
    { scheme: "http", begins: "CONNECT api.example.test:6443 " },
    // Version 5, and the ways to log in.
    { scheme: "socks5", begins: "\u0005" },
  ])
    it(`calls the API server through a proxy of ${scheme}:`, async () => {
      const asked: string[] = [];
      const proxy = createServer((socket) =>
        socket
          .on("error", () => undefined)
          .once("data", (data) => {
            asked.push(data.toString("latin1"));
            socket.destroy();
          }),
      );
      const proxyPort = await listen(proxy);
      const port = await start({
        server: "https://api.example.test:6443",
        "proxy-url": `${scheme}://127.0.0.1:${proxyPort}`,
      });
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
      expect(ready.status).to.equal(503);
      expect(await ready.text()).to.include("the API server cannot be used");
      expect(asked[0]?.slice(0, begins.length)).to.equal(begins);
    });

  it("names the functions in the stack of a fault of its own", async () => {
    const api = createHttpServer((incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(200, { "content-type": "application/json" });
      // No list of an API server: it makes the search for a snapshot throw.
      outgoing.end('{"items":{}}');
    });
    const apiPort = await listen(api);
    const port = await start({ server: `http://127.0.0.1:${apiPort}` });
    const { status } = await admit(port, {
      ...cacheAnnotations,
      [TEMPLATE_DATA_SOURCE]: "VolumeSnapshot?app=orders",
    });
    expect(status.code).to.equal(500);
    const line = await eventually("the log has the stack", () =>
      program
        ?.stdout()
        .split("\n")
        .find((text) => text.includes('"msg":"admission failed"')),
    );
    const [message, first] = (
      JSON.parse(line) as { error: string }
    ).error.split("\n");
    expect(message).to.match(/^TypeError: .*reduce is not a function$/);
    expect(first).to.match(
      /^ {4}at (async )?searchAll \(file:\S+main\.mjs:\d+:\d+\)$/,
    );
  });
});

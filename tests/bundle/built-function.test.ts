import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { FUNCTION } from "../support/built-programs.ts";
import { portOf, startProgram } from "../support/program.ts";
import type { Program } from "../support/program.ts";

const bundle = path.join(import.meta.dirname, "../..", path.dirname(FUNCTION));

/** A kubeconfig in which the API server is behind a proxy. */
const behindProxy = (port: number): string => `apiVersion: v1
kind: Config
current-context: here
contexts: [{ name: here, context: { cluster: here, user: me } }]
users: [{ name: me, user: { token: secret } }]
clusters:
  - name: here
    cluster: { server: "https://api.example.test:6443", proxy-url: "http://127.0.0.1:${port}" }
`;

async function post(port: number, type: string, body: Buffer) {
  return await fetch(`http://127.0.0.1:${port}/mutate?timeout=1s`, {
    method: "POST",
    headers: { "content-type": type },
    body: new Uint8Array(body),
  });
}

describe("the function's bundle, as `npm run build` has made it", function () {
  this.timeout(20_000);
  const running: Program[] = [];
  let directory: string;

  function start(
    file: string,
    env: Readonly<Record<string, string>>,
  ): Promise<number> {
    const program = startProgram(file, {
      env: { PORT: "0", HOME: directory, ...env },
    });
    running.push(program);
    return portOf(program);
  }

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "bundle-"));
  });
  afterEach(async () => {
    for (const program of running.splice(0)) program.process.kill("SIGKILL");
    await rm(directory, { recursive: true });
  });

  it("starts and answers with the first of its two files alone", async () => {
    const alone = path.join(directory, "main.mjs");
    await copyFile(path.join(bundle, "main.js"), alone);
    const port = await start(alone, {});
    const review = aReview(aRequest(aPod()));
    const answer = await post(
      port,
      "application/json",
      Buffer.from(JSON.stringify(review)),
    );
    const { response } = (await answer.json()) as {
      response: { allowed: boolean; status: { message: string } };
    };
    expect(response.allowed).to.equal(false);
    expect(response.status.message).to.include("no cluster");
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await metrics.text()).to.include(
      'stateful_deployments_admissions_total{outcome="errored"} 1',
    );
    expect(running[0]?.stderr()).to.equal("");
  });

  it("reads JSON in each encoding that JSON can have", async () => {
    const port = await start(path.join(bundle, "main.js"), {});
    for (const [charset, encoding] of [
      ["utf-8", "utf8"],
      ["utf-16", "utf16le"],
    ] as const) {
      const answer = await post(
        port,
        `application/json; charset=${charset}`,
        Buffer.from('{"kind":"ä"}', encoding),
      );
      expect(answer.status, charset).to.equal(400);
      expect(await answer.text(), charset).to.include("kind must be");
    }
  });

  // Of the codecs that have no place in JSON the bundle has none, and the reader finds that out in various ways.
  for (const charset of ["utf-7", "utf-7-imap", "latin1", "utf-999"])
    it(`refuses ${charset}, and stays up`, async () => {
      const port = await start(path.join(bundle, "main.js"), {});
      const type = `application/json; charset=${charset}`;
      const answer = await post(port, type, Buffer.from('{"kind":"Pod"}'));
      expect(answer.status).to.equal(415);
      expect(await answer.text()).to.include(charset.toUpperCase());
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(
        200,
      );
    });

  it("finds in its second file what a proxy takes", async () => {
    const asked: string[] = [];
    const proxy = createServer().listen(0, "127.0.0.1");
    proxy.on("connect", ({ url }, socket) => {
      asked.push(String(url));
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    await once(proxy, "listening");
    try {
      const kubeconfig = path.join(directory, "config");
      await writeFile(
        kubeconfig,
        behindProxy((proxy.address() as AddressInfo).port),
      );
      const port = await start(path.join(bundle, "main.js"), {
        KUBECONFIG: kubeconfig,
      });
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
      expect(ready.status).to.equal(503);
      expect(await ready.text()).to.include("the API server cannot be used");
      expect(asked).to.include("api.example.test:6443");
    } finally {
      proxy.close();
    }
  });
});

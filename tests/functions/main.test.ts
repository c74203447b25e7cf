import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, createServer, request } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { expect } from "chai";
import { createCertificateAuthority } from "../control-plane/certificates.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { portOf, startProgram } from "../support/program.ts";
import type { Program } from "../support/program.ts";

const entry = "functions/main.ts";
const readme = readFileSync(
  new URL("../../README.md", import.meta.url),
  "utf8",
);

describe("the function as a program", function () {
  this.timeout(20_000);
  const running: Program[] = [];
  const servers: Server[] = [];
  let directory: string;

  function start(env: Readonly<Record<string, string>>): Program {
    const program = startProgram(entry, {
      env: { PORT: "0", HOME: directory, ...env },
    });
    running.push(program);
    return program;
  }

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "function-"));
  });
  afterEach(() => {
    for (const program of running.splice(0)) program.process.kill("SIGKILL");
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });
  after(() => rmSync(directory, { recursive: true }));

  it("takes no arguments, and explains its variables", async () => {
    const asked = startProgram(entry, { args: ["--help"], env: {} });
    expect(await asked.exited).to.equal(0);
    for (const [, variable] of readme.matchAll(/^\| `([A-Z_]+)` +\|/gm))
      expect(asked.stdout()).to.include(`  ${variable} `);
    const wrong = startProgram(entry, { args: ["--port", "99"], env: {} });
    expect(await wrong.exited).to.equal(2);
    expect(wrong.stderr()).to.equal(
      'stateful-deployments: there is no argument "--port"; its settings are environment variables: --help lists them\n',
    );
  });

  it("names every wrong setting, a line each, and exits with 2", async () => {
    const program = start({ PORT: "http", LOG_LEVEL: "loud" });
    expect(await program.exited).to.equal(2);
    expect(program.stderr().trim().split("\n")).to.deep.equal([
      'stateful-deployments: PORT must be integer, not "http"',
      'stateful-deployments: LOG_LEVEL must be "debug" or "info" or "warn" or "error", not "loud"',
    ]);
  });

  it("exits with 2 and says so when its port is taken", async () => {
    const taken = createServer().listen(0);
    servers.push(taken);
    await once(taken, "listening");
    const program = start({
      PORT: String((taken.address() as AddressInfo).port),
    });
    expect(await program.exited).to.equal(2);
    expect(program.stderr())
      .to.include("cannot listen on port")
      .and.to.include("EADDRINUSE");
  });

  it("starts without a cluster, is not ready, says why, and refuses Pods in words", async () => {
    const port = await portOf(start({ KUBECONFIG: "/nowhere/config" }));
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include(
      "KUBECONFIG names no existing file (/nowhere/config)",
    );
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(
      200,
    );
    const answer = await fetch(`http://127.0.0.1:${port}/mutate?timeout=1s`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(aReview(aRequest(aPod()))),
    });
    expect(await answer.json())
      .to.have.nested.property("response.status.message")
      .that.includes("no cluster");
  });

  it("serves nothing and is not ready while the file of its token is missing, and follows it then", async () => {
    const file = join(directory, "token");
    const token = "a-token-from-a-file";
    const program = start({
      KUBECONFIG: "/nowhere/config",
      WEBHOOK_TOKEN_FILE: file,
    });
    const origin = `http://127.0.0.1:${await portOf(program)}`;
    const statusOf = async (path: string): Promise<number> => {
      const { status } = await fetch(origin + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(aReview(aRequest(aPod(), { dryRun: true }))),
      });
      return status;
    };
    const ready = await fetch(`${origin}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include(file);
    for (const path of ["/mutate", "/mutate/", `/mutate/${token}`])
      expect(await statusOf(path), path).to.equal(404);

    writeFileSync(file, `${token}\n`);
    await eventually(
      "the path of the token is served",
      async () => (await statusOf(`/mutate/${token}`)) === 200,
    );
    expect(await statusOf("/mutate")).to.equal(404);
    expect(program.stdout()).not.to.include(token);
  });

  it("is not ready while the cluster cannot be reached", async () => {
    const kubeconfig = join(directory, "unreachable");
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    const port = await portOf(start({ KUBECONFIG: kubeconfig }));
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include("ECONNREFUSED");
  });

  it("on SIGTERM answers what is under way, takes nothing new and exits with 0", async () => {
    // An API server that answers a create only when it is told to.
    const waiting: (() => void)[] = [];
    const slow = createServer((incoming, outgoing) => {
      incoming.resume();
      // It is asked for its version, too, to know whether it can be reached.
      if (incoming.method !== "POST") {
        outgoing.writeHead(200, { "content-type": "application/json" });
        outgoing.end("{}");
        return;
      }
      waiting.push(() => {
        outgoing
          .writeHead(201, { "content-type": "application/json" })
          .end('{"metadata":{"uid":"u"}}');
      });
    }).listen(0, "127.0.0.1");
    servers.push(slow);
    await once(slow, "listening");
    const kubeconfig = join(directory, "slow");
    const server = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [
          { name: "c", cluster: { server, "insecure-skip-tls-verify": true } },
        ],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    const program = start({ KUBECONFIG: kubeconfig });
    const port = await portOf(program);
    const answer = fetch(`http://127.0.0.1:${port}/mutate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(aReview(aRequest(aPod()))),
    });
    await eventually("the create is under way", () => waiting.length > 0);
    program.process.kill("SIGTERM");
    await eventually("it drains", () =>
      program.stdout().includes('"msg":"draining"'),
    );
    const refused = await fetch(`http://127.0.0.1:${port}/healthz`).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(Error);
    for (const release of waiting) release();
    expect(await (await answer).json()).to.have.nested.property(
      "response.allowed",
      true,
    );
    expect(await program.exited).to.equal(0);
  });

  it("on SIGTERM still answers what comes on a connection that was kept, and ends that then", async () => {
    const program = start({});
    const port = await portOf(program);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const asked = request({ agent, port, path: "/healthz" }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const { localPort } = asked.socket ?? {};
      await once(answer.resume(), "end");
      return { answer, localPort };
    };
    const before = await ask();
    program.process.kill("SIGTERM");
    await eventually("it drains", () =>
      program.stdout().includes('"msg":"draining"'),
    );
    const after = await ask();
    expect(after.answer.statusCode).to.equal(200);
    expect(after.localPort).to.equal(before.localPort).and.to.be.above(0);
    expect(after.answer.headers.connection).to.equal("close");
    expect(await program.exited).to.equal(0);
  });

  it("drains past connections that never finished their TLS handshake", async () => {
    const tls = mkdtempSync(join(directory, "tls-"));
    const authority = await createCertificateAuthority();
    const { cert, key } = await authority.serving(["127.0.0.1"]);
    writeFileSync(join(tls, "tls.key"), key);
    writeFileSync(join(tls, "tls.crt"), cert);
    const program = start({ TLS_CERT_DIR: tls });
    const silent = connect(await portOf(program), "127.0.0.1");
    silent.on("error", () => undefined);
    await once(silent, "connect");
    const told = performance.now();
    program.process.kill("SIGTERM");
    expect(await program.exited).to.equal(0);
    // What has not finished its handshake is given 5 s.
    expect(performance.now() - told).to.be.below(8_000);
    silent.destroy();
  });

  it("exits with 2 and names the directory when there is no certificate in it", async () => {
    const empty = mkdtempSync(join(directory, "tls-"));
    const program = start({ TLS_CERT_DIR: empty });
    expect(await program.exited).to.equal(2);
    expect(program.stderr()).to.match(
      /^stateful-deployments: TLS_CERT_DIR \S+: tls\.crt and tls\.key cannot be used: ENOENT.*\n$/,
    );
  });

  it("serves HTTPS and takes up a renewed certificate without a restart, but not a broken one", async () => {
    const tls = mkdtempSync(join(directory, "tls-"));
    const authority = await createCertificateAuthority();
    async function renew(): Promise<string> {
      const { cert, key } = await authority.serving(["127.0.0.1"]);
      writeFileSync(join(tls, "tls.key"), key);
      writeFileSync(join(tls, "tls.crt"), cert);
      return cert;
    }
    await renew();
    const program = start({ TLS_CERT_DIR: tls });
    const port = await portOf(program);
    const serial = (): Promise<string> =>
      new Promise((resolve, reject) => {
        httpsRequest(
          {
            port,
            host: "127.0.0.1",
            path: "/healthz",
            ca: authority.certificate.cert,
            agent: false,
          },
          (incoming) => {
            incoming.resume();
            resolve(
              (incoming.socket as TLSSocket).getPeerCertificate().serialNumber,
            );
          },
        )
          .on("error", reject)
          .end();
      });
    const first = await serial();
    writeFileSync(join(tls, "tls.crt"), "not a certificate");
    await eventually("it complains", () =>
      program.stdout().includes("keeping the old certificate"),
    );
    expect(await serial()).to.equal(first);
    // Two more looks at the broken one say nothing new.
    await sleep(4_500);
    expect(
      program.stdout().match(/keeping the old certificate/g),
    ).to.have.lengthOf(1);
    await renew();
    await eventually(
      "the new certificate is served",
      async () => (await serial()) !== first,
    );
  });
});

import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { createCertificateAuthority } from "../control-plane/certificates.ts";
import { aPodWith } from "../integration/templates/cases/volumes.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { portOf } from "../support/program.ts";

import { programSuite } from "./program-suite.ts";

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    contexts: [{ name: "x", context: { cluster: "c" } }],
    "current-context": "x",
  });
}

describe("the function as a program that is told to end", function () {
  this.timeout(20_000);
  const suite = programSuite();

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
    suite.servers.push(slow);
    await once(slow, "listening");
    const kubeconfig = join(suite.directory(), "slow");
    const server = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    writeFileSync(kubeconfig, kubeconfigOf(server));
    const program = suite.start({ KUBECONFIG: kubeconfig });
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

  it("on SIGTERM finishes the rollback of a denied Pod first, and exits with 0", async () => {
    let creates = 0;
    let removed = false;
    const api = createServer((incoming, outgoing) => {
      incoming.resume();
      const say = (status: number, body: object): void => {
        outgoing.writeHead(status, { "content-type": "application/json" });
        outgoing.end(JSON.stringify(body));
      };
      if (incoming.method === "DELETE") {
        // Longer than the answer waits.
        setTimeout(() => {
          removed = true;
          say(200, {});
        }, 4_500);
      } else if (incoming.method === "POST") {
        creates += 1;
        if (creates === 1) say(201, { metadata: { uid: "u" } });
        else say(403, { message: "exceeded quota: small" });
      } else say(200, {});
    }).listen(0, "127.0.0.1");
    suite.servers.push(api);
    await once(api, "listening");
    const kubeconfig = join(suite.directory(), "refusing");
    const server = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    writeFileSync(kubeconfig, kubeconfigOf(server));
    const program = suite.start({ KUBECONFIG: kubeconfig });
    const port = await portOf(program);
    const answer = await fetch(`http://127.0.0.1:${port}/mutate?timeout=10s`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(
        aReview(
          aRequest(aPodWith([{ name: "data" }, { name: "wal" }]), {
            namespace: "shop",
          }),
        ),
      ),
    });
    expect(await answer.text()).to.include("exceeded quota: small");
    expect(removed).to.equal(false);
    program.process.kill("SIGTERM");
    expect(await program.exited).to.equal(0);
    expect(removed).to.equal(true);
  });

  it("on SIGTERM still answers what comes on a connection that was kept, and ends that then", async () => {
    const program = suite.start({});
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
    const tls = mkdtempSync(join(suite.directory(), "tls-"));
    const authority = await createCertificateAuthority();
    const { cert, key } = await authority.serving(["127.0.0.1"]);
    writeFileSync(join(tls, "tls.key"), key);
    writeFileSync(join(tls, "tls.crt"), cert);
    const program = suite.start({ TLS_CERT_DIR: tls });
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
});

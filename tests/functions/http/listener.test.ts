import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { expect } from "chai";
import { listen } from "../../../functions/http/listener.ts";
import type { Listener } from "../../../functions/http/listener.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { createCertificateAuthority } from "../../control-plane/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

describe("listen", function () {
  this.timeout(20_000);
  const authority = createCertificateAuthority();
  const directory = temporaryDirectory();
  let listener: Listener;
  let draining: Promise<void> | undefined;
  const log: string[] = [];

  afterEach(() => drain());

  async function start(certificateDirectory?: string): Promise<number> {
    log.length = 0;
    draining = undefined;
    listener = await listen(
      (_request, response) => {
        response.end("ok");
      },
      { port: 0, ...(certificateDirectory && { certificateDirectory }) },
      createLogger("info", (line) => log.push(line)),
      { reloadMs: 20, idleDrainMs: 300, handshakeDrainMs: 300 },
    );
    return listener.port;
  }

  function drain(): Promise<void> {
    draining ??= listener.drain();
    return draining;
  }

  async function renew(): Promise<void> {
    const { cert, key } = await (await authority).serving(["127.0.0.1"]);
    writeFileSync(join(directory, "tls.key"), key);
    writeFileSync(join(directory, "tls.crt"), cert);
  }

  function complaints(): number {
    return log.filter((line) => line.includes("keeping the old certificate"))
      .length;
  }

  it("serves a renewed certificate, keeps the old one while the files are wrong, and logs that once", async () => {
    await renew();
    const port = await start(directory);
    const { cert: ca } = (await authority).certificate;
    const serial = async (): Promise<string> => {
      const sent = secureRequest({ port, host: "127.0.0.1", ca, agent: false });
      const [answer] = (await once(sent.end(), "response")) as [
        IncomingMessage,
      ];
      answer.resume();
      return (answer.socket as TLSSocket).getPeerCertificate().serialNumber;
    };
    const first = await serial();
    writeFileSync(join(directory, "tls.crt"), "not a certificate");
    await eventually("it complains", () => complaints() > 0);
    expect(await serial()).to.equal(first);
    await sleep(200);
    expect(complaints()).to.equal(1);
    await renew();
    await eventually(
      "the new certificate is served",
      async () => (await serial()) !== first,
    );
  });

  it("while it drains, answers on a connection that was kept, and closes it then", async () => {
    const port = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const asked = request({ agent, port }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const { localPort } = asked.socket ?? {};
      await once(answer.resume(), "end");
      return { answer, localPort };
    };
    const before = await ask();
    const drained = drain();
    const after = await ask();
    expect(after.answer.statusCode).to.equal(200);
    expect(after.localPort).to.equal(before.localPort).and.to.be.above(0);
    expect(after.answer.headers.connection).to.equal("close");
    await drained;
  });

  it("while it drains, closes connections that did not finish their TLS handshake", async () => {
    await renew();
    const silent = connect(await start(directory), "127.0.0.1");
    silent.on("error", () => undefined);
    await once(silent, "connect");
    const begun = performance.now();
    await drain();
    expect(performance.now() - begun).to.be.within(250, 5_000);
    silent.destroy();
  });
});

import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { expect } from "chai";
import { createCertificateAuthority } from "../control-plane/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { portOf } from "../support/program.ts";

import { programSuite } from "./program-suite.ts";

describe("the function as a program that serves HTTPS", function () {
  this.timeout(20_000);
  const suite = programSuite();

  it("exits with 2 and names the directory when there is no certificate in it", async () => {
    const empty = mkdtempSync(join(suite.directory(), "tls-"));
    const program = suite.start({ TLS_CERT_DIR: empty });
    expect(await program.exited).to.equal(2);
    expect(program.stderr()).to.match(
      /^stateful-deployments: TLS_CERT_DIR \S+: tls\.crt and tls\.key cannot be used: ENOENT.*\n$/,
    );
  });

  it("serves HTTPS and takes up a renewed certificate without a restart, but not a broken one", async () => {
    const tls = mkdtempSync(join(suite.directory(), "tls-"));
    const authority = await createCertificateAuthority();
    async function renew(): Promise<string> {
      const { cert, key } = await authority.serving(["127.0.0.1"]);
      writeFileSync(join(tls, "tls.key"), key);
      writeFileSync(join(tls, "tls.crt"), cert);
      return cert;
    }
    await renew();
    const program = suite.start({ TLS_CERT_DIR: tls });
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

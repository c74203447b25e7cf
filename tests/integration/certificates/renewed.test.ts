import { X509Certificate } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { errorMessage } from "../../../functions/kubernetes/error-message.ts";
import { eventually } from "../../support/eventually.ts";
import { certificatesSuite, settle, statusOf } from "./suite.ts";

/** A person waits for minutes between two runs; here it is just longer than the settle time. */
const betweenRunsMs = 7_500;

describe("the certificates command while Pods are admitted", function () {
  this.timeout(120_000);
  const suite = certificatesSuite();
  let functionLog: () => string;

  before(async () => {
    await suite.installed.run();
    functionLog = await suite.installed.startFunction();
    await eventually("a Pod gets its claim", suite.admits);
  });

  it("renews certificate, authority and token while Pods are admitted without a pause: none is refused", async () => {
    const old = {
      ca: await suite.secretValue("webhook-ca", "tls.crt"),
      cert: await suite.secretValue("webhook-certificate", "tls.crt"),
      url: (await suite.webhookClient()).url,
    };
    const traffic = startTraffic();

    expect(
      (await suite.installed.run("--renew=certificate", settle)).code,
    ).to.equal(0);
    await eventually(
      "the renewed certificate is served",
      async () => (await suite.servedCertificate()) !== old.cert,
    );

    await suite.installed.run("--renew=ca,token", settle);
    const runs: string[] = [];
    for (let more = true; more;) {
      await sleep(betweenRunsMs);
      const { code, lines, problems } = await suite.installed.run(settle);
      expect(code, problems.join()).to.equal(0);
      runs.push(...lines);
      more = lines.length > 1;
    }
    await sleep(2_500); // the function reads the shorter list of tokens
    const { admitted, called, failures } = await traffic.end();
    console.log(
      `      ${admitted} Pods admitted, ${called} calls over new connections, ${failures.length} failed`,
    );

    expect(failures).to.deep.equal([]);
    expect(admitted).to.be.above(100);
    expect(called).to.be.above(100);
    const now = await suite.webhookClient();
    expect(now.ca).to.equal(await suite.secretValue("webhook-ca", "tls.crt"));
    expect(now.ca).not.to.equal(old.ca);
    const certificate = new X509Certificate(await suite.servedCertificate());
    expect(certificate.verify(new X509Certificate(now.ca).publicKey)).to.equal(
      true,
    );
    expect(now.url).not.to.equal(old.url);
    expect(await statusOf(old.url, now.ca)).to.equal(404);
    expect(runs.join("\n")).not.to.match(/[A-Za-z0-9_-]{40}/);
    expect(functionLog()).not.to.include(new URL(now.url).pathname.slice(8));
  });

  /** Admissions through the API server, and calls like its own over a new connection each, until it is ended. */
  function startTraffic(): {
    end: () => Promise<{
      admitted: number;
      called: number;
      failures: string[];
    }>;
  } {
    const stop = new AbortController();
    let admitted = 0;
    let called = 0;
    const failures: string[] = [];
    const failed = (error: unknown): void => {
      failures.push(errorMessage(error));
    };
    const admit = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await suite.admits().then((claimed) => {
          if (claimed) admitted += 1;
          else failures.push("admitted without a claim");
        }, failed);
        await sleep(20);
      }
    };
    const call = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const { ca, url } = await suite.webhookClient();
        await statusOf(url, ca).then((status) => {
          if (status === 200) called += 1;
          else failures.push(`HTTP ${status}`);
        }, failed);
        await sleep(50);
      }
    };
    const loops = [admit(), admit(), call()];
    return {
      end: async () => {
        stop.abort();
        await Promise.all(loops);
        return { admitted, called, failures };
      },
    };
  }
});

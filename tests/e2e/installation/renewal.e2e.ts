import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { errorMessage } from "../../../functions/contract/error-message.ts";
import { eventually } from "../../support/eventually.ts";
import type { Answer } from "../network/ask.ts";
import { applyServerSide, differences } from "./drift.ts";
import { measured } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { runJobOf, suspend } from "../steps/our-jobs.ts";
import {
  askFromPod,
  isPatched,
  forgedReview,
  webhookCall,
} from "../network/forged-request.ts";
import type { WebhookCall } from "../network/forged-request.ts";
import { admitInDryRun } from "../steps/workloads.ts";

const namespace = "e2e-renewal";
/** A little more than a kubelet may take to bring a changed Secret to a Pod; the manifests allow five minutes. */
const settleSeconds = 120;

/** Several in each second, so that a gap of a second is seen; more would only load the machine. */
const pauseMs = 150;

interface Admissions {
  /** Ends them. Returns how many succeeded, and the messages of the others. */
  stop(): Promise<{ admitted: number; failures: string[]; longestMs: number }>;
}

/** Creates Pods one after the other, in dry runs: the function admits each and creates no claim. */
function admitWithoutPause(): Admissions {
  const failures: string[] = [];
  let admitted = 0;
  let longestMs = 0;
  const stopped = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const startedAt = performance.now();
      try {
        const pod = await admitInDryRun(namespace);
        if (pod.metadata?.labels?.["volume-claim/data"] === undefined)
          failures.push("admitted, but not patched");
        else admitted += 1;
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${errorMessage(error)}`);
      }
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await sleep(pauseMs);
    }
  };
  const done = loop();
  return {
    async stop() {
      stopped.abort();
      await done;
      return { admitted, failures, longestMs };
    },
  };
}

/** Calls the function as the API server does, for a Pod that does not exist. Throws if none of `authorities` has signed the certificate. */
async function call({
  authorities,
  host,
  path,
}: WebhookCall): Promise<Required<Pick<Answer, "status" | "certificate">>> {
  const [answer] = await askFromPod(namespace, [
    {
      scheme: "https",
      address: host,
      host,
      path,
      method: "POST",
      body: forgedReview({ dryRun: true }),
      authorities,
    },
  ]);
  if (answer?.certificate === undefined)
    throw new Error("the gateway has shown no certificate");
  const { body, certificate, status } = answer;
  if (status === 200) expect(isPatched(body), body).to.be.true;
  return { status, certificate };
}

/** The certificates of a PEM text, one by one. */
function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END[^-]+-----/g) ?? [];
}

describe("renewal of authority, certificate and token", () => {
  useNamespace(namespace);
  // Its own runs, every five minutes, would take some of the steps below.
  before(() => suspend("certificates", true));
  after(() => suspend("certificates", false));

  it("fails no admission, while they go on without a pause; in the end only the new ones are valid", async () => {
    const earlier = await webhookCall();
    const first = await call(earlier);
    expect(first.status).to.equal(200);

    const startedAt = performance.now();
    const admissions = admitWithoutPause();
    const outputs: string[] = [];
    try {
      const settle = `--settle-time=${settleSeconds}s`;
      outputs.push(
        await runJobOf("certificates", (own) => [
          ...own,
          settle,
          "--renew=ca",
          "--renew=token",
        ]),
      );
      for (let step = 0; step < 3; step += 1) {
        await sleep((settleSeconds + 5) * 1_000);
        outputs.push(await runJobOf("certificates", (own) => [...own, settle]));
      }

      const later = await webhookCall();
      expect(later.path).to.not.equal(earlier.path);
      const [authority, ...others] = certificatesIn(later.authorities);
      expect(others, "the old authority is not in the bundle").to.be.empty;
      expect(certificatesIn(earlier.authorities)).to.not.include(authority);

      const last = await call(later);
      expect(last.status).to.equal(200);
      expect(last.certificate).to.not.equal(first.certificate);
      await eventually(
        "the old token rejected",
        async () =>
          (await call({ ...later, path: earlier.path })).status === 404,
        settleSeconds * 1_000,
      );
      expect((await call(later)).status).to.equal(200);
    } finally {
      const { admitted, failures, longestMs } = await admissions.stop();
      measured(
        `renewed in steps, under ${admitted} admissions`,
        performance.now() - startedAt,
      );
      measured("the longest of them", longestMs);
      expect(failures, outputs.join("\n")).to.deep.equal([]);
      expect(admitted).to.be.greaterThan(0);
    }
  });
});

/** After the hooks above, by which the CronJob runs again. */
describe("an installation that was renewed", () => {
  it("differs in nothing from the manifests", async () => {
    expect(await differences()).to.equal("");
    expect(await differences(["--server-side"])).to.equal("");
  });

  it("is applied by the API server again without a conflict, and keeps what the renewal has written", async () => {
    const before = await webhookCall();
    await applyServerSide();
    expect(await webhookCall()).to.deep.equal(before);
  });
});

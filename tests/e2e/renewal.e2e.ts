import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { admitWithoutPause } from "./admissions.ts";
import { apply, kubectl } from "./cluster.ts";
import { measured } from "./measured.ts";
import { runJobOf } from "./our-jobs.ts";
import { deleteNamespace } from "./wait.ts";
import { namespaceNamed } from "./workloads.ts";

const namespace = "e2e-renewal";
/** As long as a kubelet may take to bring a changed Secret to a Pod, and a little; the manifests give it five minutes. */
const settleSeconds = 120;

async function webhook(): Promise<{ path: string; caBundle: string }> {
  const output = await kubectl([
    "get",
    "mutatingwebhookconfiguration",
    "10-stateful-deployments",
    "--output=json",
  ]);
  const { webhooks } = JSON.parse(output) as {
    webhooks: {
      clientConfig: { caBundle: string; service: { path: string } };
    }[];
  };
  const config = webhooks[0]?.clientConfig;
  return { path: config?.service.path ?? "", caBundle: config?.caBundle ?? "" };
}

describe("renewal of authority, certificate and token", () => {
  before(async () => apply(namespaceNamed(namespace)));
  after(() => deleteNamespace(namespace));

  it("fails no admission, while they go on without a pause", async () => {
    const earlier = await webhook();
    const startedAt = performance.now();
    const admissions = admitWithoutPause(namespace);
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
    } finally {
      const { admitted, failures, longestMs } = await admissions.stop();
      measured(
        `renewed in steps, under ${admitted} admissions`,
        performance.now() - startedAt,
      );
      measured("the longest of them", longestMs);
      expect(failures, outputs.join("\n")).to.deep.equal([]);
    }
    const later = await webhook();
    expect(later.path)
      .to.match(/^\/mutate\/.{16,}/)
      .and.not.equal(earlier.path);
    expect(later.caBundle).to.not.equal(earlier.caBundle);
    expect(
      later.caBundle.length,
      "the old authority has left the bundle",
    ).to.be.below(earlier.caBundle.length * 1.5);
  });
});

import type { V1CronJob } from "@kubernetes/client-node";
import { expect } from "chai";
import { runCertificates } from "../../janitor/certificates/command.ts";
import { rightsGranted } from "./audited-requests.ts";
import {
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";
import { kustomizationOf, render } from "./rendered.ts";
import type { Manifest } from "./rendered.ts";
import { rightsSuite } from "./rights-suite.ts";

/** In the order of the titles: the second takes away a Secret that the first has made. */
describe("the rights that the manifests give", function () {
  this.timeout(90_000);
  const rights = rightsSuite();

  /** Runs what the CronJob of these manifests runs, by its account: once as it is, and once with `more` flags. */
  async function runJob(
    of: readonly Manifest[],
    ...more: string[]
  ): Promise<void> {
    const KUBECONFIG = await rights.kubeconfigOf("certificates");
    const cronJob = of.find(
      ({ kind, metadata }) =>
        kind === "CronJob" && metadata?.name === "certificates",
    ) as unknown as V1CronJob;
    const [, ...args] =
      cronJob.spec?.jobTemplate.spec?.template.spec?.containers[0]?.args ?? [];
    const problems: string[] = [];
    const run = async (flags: readonly string[]): Promise<number> =>
      await runCertificates(
        [...args, ...flags],
        { KUBECONFIG },
        { out: () => undefined, problem: (line) => problems.push(line) },
      );
    // As it is installed: without a token in its path.
    await rights.cluster.pointWebhookAt(
      new URL("/", rights.cluster.running.url).href,
    );
    try {
      expect(await run([]), problems.join("\n")).to.equal(0);
      expect(await run(more), problems.join("\n")).to.equal(0);
    } finally {
      await rights.cluster.pointWebhookAt();
    }
  }

  it("are all that the certificates command needs, and no more", async () => {
    await runJob(rights.manifests, "--renew=certificate");
    await rights.expectExactly("certificates");
    const named = (await rights.seen()).filter(
      ({ account, right }) =>
        account === "certificates" &&
        right.endsWith(".admissionregistration.k8s.io"),
    );
    expect(new Set(named.map(({ name }) => name))).to.deep.equal(
      new Set([WEBHOOK_CONFIGURATION]),
    );
  });

  it("are all that the certificates command needs with cert-manager, and no more", async () => {
    const { controlPlane } = rights.cluster;
    const withCertManager = await render(
      controlPlane,
      await kustomizationOf(controlPlane, "overlays/kourier", [
        "components/cert-manager",
      ]),
    );
    const applyRole = (of: readonly Manifest[]): Promise<string> =>
      succeed(
        controlPlane,
        ["apply", "-f", "-"],
        JSON.stringify(of.find(isRoleOfCertificates)),
      );
    await succeed(controlPlane, [
      "delete",
      "secret",
      "webhook-token",
      `--namespace=${NAMESPACE}`,
    ]);
    await rights.auditAnew();
    await applyRole(withCertManager);
    try {
      await runJob(withCertManager, "--renew=token");
    } finally {
      await applyRole(rights.manifests);
    }
    await rights.expectExactly(
      "certificates",
      rightsGranted(withCertManager, "certificates"),
    );
  });
});

function isRoleOfCertificates({ kind, metadata }: Manifest): boolean {
  return kind === "Role" && metadata?.name === "certificates";
}

import type { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { CoreV1Api } from "@kubernetes/client-node";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { isClaimed } from "../../support/admission-suite.ts";
import { installWebhook } from "../../support/installed-webhook.ts";
import type { InstalledWebhook } from "../../support/installed-webhook.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";

/** The function reads its files every two seconds, the clock shows whole ones, and the machine may be busy. */
export const settle = "--settle-time=6s";

/** What the certificates command keeps on the shared control plane; filled by the `before` hook. */
export interface CertificatesSuite {
  installed: InstalledWebhook;
  core: CoreV1Api;
  /** Creates a Pod, and says whether it got a claim. Throws what the API server says. */
  readonly admits: () => Promise<boolean>;
  secretValue(name: string, key: string): Promise<string>;
  /** What the API server trusts and calls. */
  webhookClient(): Promise<{ ca: string; url: string }>;
  /** The certificate that the function serves at this moment, in PEM. */
  servedCertificate(): Promise<string>;
}

/** Installs the webhook for the suite in which it is called, and takes it away with it. */
export function certificatesSuite(): CertificatesSuite {
  const suite = {
    admits: () => isClaimed(suite, suite.installed.namespace),
    async secretValue(name, key) {
      const { data } = await suite.installed.secret(name);
      return Buffer.from(data?.[key] ?? "", "base64").toString();
    },
    async webhookClient() {
      const { caBundle = "", url = "" } =
        (await suite.installed.webhook()).webhooks?.[0]?.clientConfig ?? {};
      return { ca: Buffer.from(caBundle, "base64").toString(), url };
    },
    servedCertificate: () => certificateAt(suite.installed.origin),
  } as CertificatesSuite;

  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    suite.core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.installed = await installWebhook(controlPlane);
  });
  after(async () => {
    await suite.installed?.remove();
  });
  return suite;
}

function certificateAt(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = request(
      `${origin}/healthz`,
      { agent: false, rejectUnauthorized: false },
      (response) => {
        const { socket } = response as unknown as {
          socket: { getPeerX509Certificate(): X509Certificate };
        };
        resolve(socket.getPeerX509Certificate().toString());
        response.resume();
      },
    );
    probe.on("error", reject);
    probe.end();
  });
}

/** Status of a dry-run review sent to `url` over a connection of its own that trusts `ca` only. */
export function statusOf(url: string, ca: string): Promise<number> {
  const review = aReview(aRequest(aPod(), { dryRun: true }));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: "POST",
        ca,
        agent: false,
        headers: { "content-type": "application/json" },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(review));
  });
}

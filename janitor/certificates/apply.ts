import { randomBytes } from "node:crypto";
import {
  CA_CERT,
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  NAME_LABEL,
  PRODUCT,
  TLS_CERT,
  TLS_KEY,
  WRITTEN_AT_ANNOTATION,
} from "../../functions/contract/keys.ts";
import { webhookPath } from "../../functions/contract/token.ts";
import type { KeyPair } from "./decision/certificate.ts";
import type { ClusterObjects, SecretWrite } from "./cluster-objects.ts";
import type {
  Installation,
  RenewalPolicy,
  Stored,
  Webhook,
} from "./decision/installation.ts";
import { TOKEN_KEY } from "./read-installation.ts";
import type { SecretNames } from "./read-installation.ts";
import type { Write } from "./decision/action.ts";

/** 256 random bits, 64 hexadecimal digits: too many to guess. */
const TOKEN_BYTES = 32;

/** Knative gateways that are set to watch only their own Secrets find the certificate by this label; its value does not matter. */
const KNATIVE_CERTIFICATE_LABEL =
  "networking.internal.knative.dev/certificate-uid";

/** Carries out the action on the versions of the objects that were read. Rejects with a 409 when an object has changed since then. */
export async function apply(
  action: Write,
  installation: Installation,
  objects: ClusterObjects,
  names: SecretNames,
  policy: RenewalPolicy,
): Promise<void> {
  const { now, authority, serving, tokens, webhook } = installation;
  switch (action.kind) {
    case "make-authority": {
      // Loaded only here: loading it takes longer than a whole run that has nothing to do.
      const { makeAuthority } = await import("./issue.ts");
      const pair = await makeAuthority({
        now,
        notAfter: now + policy.caValidityMs,
      });
      await writeSecret(authority, names.caSecret, {
        type: "kubernetes.io/tls",
        data: keyPairData(pair),
      });
      return;
    }
    case "issue-certificate": {
      if (authority.kind !== "usable")
        throw new TypeError("no authority to issue a certificate");
      const { issueServingCertificate } = await import("./issue.ts");
      const { certificate, pair } = authority.value;
      const issued = await issueServingCertificate(pair, action.names, {
        now,
        notAfter: Math.min(now + policy.validityMs, certificate.notAfter),
      });
      await writeSecret(serving, names.secret, {
        type: "kubernetes.io/tls",
        labels: { [KNATIVE_CERTIFICATE_LABEL]: names.secret },
        data: { ...keyPairData(issued), [CA_CERT]: certificate.pem },
      });
      return;
    }
    case "write-tokens": {
      const added = action.add
        ? [randomBytes(TOKEN_BYTES).toString("hex")]
        : [];
      await writeSecret(tokens, names.tokenSecret, {
        type: "Opaque",
        data: { [TOKEN_KEY]: [...action.keep, ...added].join(",") },
      });
      return;
    }
    case "write-webhook": {
      if (!webhook) throw new TypeError("no webhook configuration to write");
      await objects.patchWebhook(
        webhook.resourceVersion,
        annotations(now),
        webhook.webhooks.map((one) => ({
          name: one.name,
          clientConfig: {
            ...(action.trusted && {
              caBundle: Buffer.from(
                action.trusted.map(({ pem }) => pem).join(""),
              ).toString("base64"),
            }),
            ...(action.token !== undefined && pathOf(one, action.token)),
          },
        })),
      );
      return;
    }
    default:
      action satisfies never;
  }

  async function writeSecret(
    found: Stored<unknown>,
    name: string,
    {
      labels,
      data,
      type,
    }: Omit<SecretWrite, "annotations" | "labels"> &
      Partial<Pick<SecretWrite, "labels">>,
  ): Promise<void> {
    const secret: SecretWrite = {
      type,
      labels: {
        [NAME_LABEL]: PRODUCT,
        [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
        ...labels,
      },
      annotations: annotations(now),
      data,
    };
    if ("resourceVersion" in found)
      await objects.patchSecret(name, found.resourceVersion, secret);
    else await objects.createSecret(name, secret);
  }
}

function annotations(now: number): Record<string, string> {
  return { [WRITTEN_AT_ANNOTATION]: new Date(now).toISOString() };
}

function keyPairData({ cert, key }: KeyPair): Record<string, string> {
  return { [TLS_CERT]: cert, [TLS_KEY]: key };
}

function pathOf(
  { url }: Webhook,
  token: string,
): { url: string } | { service: { path: string } } {
  const path = webhookPath(token);
  return url === undefined
    ? { service: { path } }
    : { url: new URL(path, url).href };
}

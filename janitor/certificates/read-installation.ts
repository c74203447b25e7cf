import { errorMessage } from "../../functions/contract/error-message.ts";
import {
  problemOfTokens,
  splitTokens,
  TOKEN_FORM,
  webhookPath,
} from "../../functions/contract/token.ts";
import {
  CA_CERT,
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  TLS_CERT,
  TLS_KEY,
  WRITTEN_AT_ANNOTATION,
} from "../../functions/contract/keys.ts";
import { readBundle, readKeyPair } from "./decision/certificate.ts";
import type {
  ClientConfig,
  ClusterObjects,
  SecretObject,
  WebhookObject,
} from "./cluster-objects.ts";
import type {
  Authority,
  Installation,
  Serving,
  Stored,
  Webhook,
  WebhookConfiguration,
} from "./decision/installation.ts";

/** https://cert-manager.io/docs/concepts/ca-injector/ */
const INJECT_ANNOTATIONS = [
  "cert-manager.io/inject-ca-from",
  "cert-manager.io/inject-ca-from-secret",
];

/** What the API server accepts as a part of `clientConfig.service.path`: an RFC 1123 name. A `url` may contain more. */
const PATH_SEGMENT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Key of the token's Secret. */
export const TOKEN_KEY = "token";

const SECRET_PATH = new RegExp(`^${webhookPath(`(${TOKEN_FORM})`)}$`);

/** Names of the three Secrets. */
export interface SecretNames {
  readonly caSecret: string;
  readonly secret: string;
  readonly tokenSecret: string;
}

/** Reads everything that the decisions need. The clock comes first: an object that is written meanwhile then seems new, not old. */
export async function readInstallation(
  objects: ClusterObjects,
  { caSecret, secret, tokenSecret }: SecretNames,
  { onlyToken }: { readonly onlyToken: boolean },
): Promise<Installation> {
  const now = await objects.readTime();
  // With --only-token the account has no rights on the others.
  const certificates = (name: string): Promise<SecretObject | undefined> =>
    onlyToken ? Promise.resolve(undefined) : objects.readSecret(name);
  const [authority, serving, tokens, webhook] = await Promise.all([
    certificates(caSecret),
    certificates(secret),
    objects.readSecret(tokenSecret),
    objects.readWebhook(),
  ]);
  return {
    now,
    authority: stored(authority, readAuthority),
    serving: stored(serving, readServing),
    tokens: stored(tokens, readTokens),
    webhook: webhook && readWebhook(webhook),
  };
}

function stored<T>(
  secret: SecretObject | undefined,
  read: (value: (key: string) => string) => T,
): Stored<T> {
  if (!secret) return { kind: "absent" };
  const { metadata, data = {} } = secret;
  if (metadata.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY_VALUE)
    return { kind: "foreign" };
  const { resourceVersion } = metadata;
  try {
    const value = read((key) =>
      Buffer.from(data[key] ?? "", "base64").toString("utf8"),
    );
    return {
      kind: "usable",
      value,
      resourceVersion,
      writtenAt: writtenAt(metadata),
    };
  } catch (error) {
    return {
      kind: "broken",
      why: errorMessage(error),
      resourceVersion,
    };
  }
}

function readAuthority(value: (key: string) => string): Authority {
  const pair = { cert: value(TLS_CERT), key: value(TLS_KEY) };
  const certificate = readKeyPair(pair);
  if (!certificate.isAuthority)
    throw new TypeError("holds a certificate that may not sign others");
  const { asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new TypeError("holds a key that is not ECDSA P-256");
  return { certificate, pair };
}

function readServing(value: (key: string) => string): Serving {
  return {
    certificate: readKeyPair({ cert: value(TLS_CERT), key: value(TLS_KEY) }),
    issuers: readBundle(value(CA_CERT)),
  };
}

function readTokens(value: (key: string) => string): readonly string[] {
  const tokens = splitTokens(value(TOKEN_KEY));
  const problem = problemOfTokens(tokens);
  if (problem !== undefined) throw new TypeError(problem);
  if (!tokens.every((token) => PATH_SEGMENT.test(token)))
    throw new TypeError(
      "holds a token with characters other than lower-case letters, digits and -, which the path of a Service does not allow",
    );
  return tokens;
}

function readWebhook({
  metadata,
  webhooks = [],
}: WebhookObject): WebhookConfiguration {
  return {
    resourceVersion: metadata.resourceVersion,
    writtenAt: writtenAt(metadata),
    injectedFrom: INJECT_ANNOTATIONS.flatMap(
      (key) => metadata.annotations?.[key] ?? [],
    )[0],
    webhooks: webhooks.map(({ name, clientConfig }): Webhook => ({
      name,
      trusted: readBundle(
        Buffer.from(clientConfig.caBundle ?? "", "base64").toString("utf8"),
      ),
      ...placeOf(clientConfig),
    })),
  };
}

function placeOf({
  service,
  url,
}: ClientConfig): Pick<Webhook, "host" | "token" | "url"> {
  if (url === undefined)
    return {
      host: `${service?.name}.${service?.namespace}.svc`,
      token: SECRET_PATH.exec(service?.path ?? "")?.[1],
    };
  const { hostname, pathname } = new URL(url); // the API server has checked it
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    token: SECRET_PATH.exec(pathname)?.[1],
    url,
  };
}

/** Without the annotation, an object counts as written when it was created. */
function writtenAt({
  annotations,
  creationTimestamp = "",
}: SecretObject["metadata"]): number {
  const noted = Date.parse(annotations?.[WRITTEN_AT_ANNOTATION] ?? "");
  return Number.isNaN(noted) ? Date.parse(creationTimestamp) : noted;
}

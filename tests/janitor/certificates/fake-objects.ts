import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import type {
  ClusterObjects,
  SecretObject,
  SecretWrite,
  WebhookObject,
} from "../../../janitor/certificates/cluster-objects.ts";
import type { CertificateOptions } from "../../../janitor/certificates/options.ts";
import { parseCertificateOptions } from "../../../janitor/certificates/options.ts";

export const minute = 60_000;
export const day = 24 * 60 * minute;

/** One state of the objects that a renewal goes through. */
export interface Moment {
  readonly at: number;
  readonly secrets: ReadonlyMap<string, SecretObject>;
  readonly webhook: WebhookObject | undefined;
}

/** The objects of a cluster in memory, with resourceVersions that count, and everything they ever were. */
export class FakeObjects implements ClusterObjects {
  now = Date.parse("2026-03-01T12:00:00Z");
  readonly secrets = new Map<string, SecretObject>();
  webhook: WebhookObject | undefined = aWebhookConfiguration();
  readonly history: Moment[] = [];
  writes = 0;
  /** Called before each write: somebody else may be quicker. */
  beforeWrite: () => void = () => undefined;
  #version = 1;

  readTime(): Promise<number> {
    return Promise.resolve(this.now);
  }
  readSecret(name: string): Promise<SecretObject | undefined> {
    return Promise.resolve(this.secrets.get(name));
  }
  readWebhook(): Promise<WebhookObject | undefined> {
    return Promise.resolve(this.webhook);
  }

  async createSecret(name: string, secret: SecretWrite): Promise<void> {
    this.beforeWrite();
    if (this.secrets.has(name))
      throw new ApiStatusError(409, `secrets "${name}" already exists`);
    this.putSecret(name, secret.data, secret.labels, secret.annotations);
    await Promise.resolve();
  }

  async patchSecret(
    name: string,
    resourceVersion: string,
    { annotations, data, labels }: SecretWrite,
  ): Promise<void> {
    this.beforeWrite();
    const old = this.secrets.get(name);
    check(name, old, resourceVersion);
    this.putSecret(
      name,
      { ...decoded(old?.data), ...data },
      { ...old?.metadata.labels, ...labels },
      { ...old?.metadata.annotations, ...annotations },
    );
    await Promise.resolve();
  }

  async patchWebhook(
    resourceVersion: string,
    annotations: Readonly<Record<string, string>>,
    webhooks: NonNullable<WebhookObject["webhooks"]>,
  ): Promise<void> {
    this.beforeWrite();
    const old = this.webhook;
    check("webhook", old, resourceVersion);
    this.putWebhook({
      metadata: {
        ...old?.metadata,
        resourceVersion: "",
        annotations: { ...old?.metadata.annotations, ...annotations },
      },
      webhooks: (old?.webhooks ?? []).map((one) => {
        const change = webhooks.find(({ name }) => name === one.name);
        return {
          ...one,
          clientConfig: {
            ...one.clientConfig,
            ...change?.clientConfig,
            ...(one.clientConfig.service && {
              service: {
                ...one.clientConfig.service,
                ...change?.clientConfig.service,
              },
            }),
          },
        };
      }),
    });
    await Promise.resolve();
  }

  /** Sets a Secret as somebody with kubectl would; the data not yet base64. */
  putSecret(
    name: string,
    data: Readonly<Record<string, string>>,
    labels: Readonly<Record<string, string>> = {
      "app.kubernetes.io/managed-by": "stateful-deployments",
    },
    annotations: Readonly<Record<string, string>> = {},
  ): void {
    this.secrets.set(name, {
      metadata: {
        resourceVersion: this.#next(),
        creationTimestamp: new Date(this.now).toISOString(),
        labels,
        annotations,
      },
      data: Object.fromEntries(
        Object.entries(data).map(([key, text]) => [
          key,
          Buffer.from(text).toString("base64"),
        ]),
      ),
    });
    this.#remember();
  }

  putWebhook(webhook: WebhookObject): void {
    this.webhook = {
      ...webhook,
      metadata: { ...webhook.metadata, resourceVersion: this.#next() },
    };
    this.#remember();
  }

  /** A value of a Secret, or the empty text. */
  value(name: string, key: string): string {
    return decoded(this.secrets.get(name)?.data)[key] ?? "";
  }
  get path(): string | undefined {
    return this.webhook?.webhooks?.[0]?.clientConfig.service?.path;
  }
  get caBundle(): string {
    const { caBundle = "" } = this.webhook?.webhooks?.[0]?.clientConfig ?? {};
    return Buffer.from(caBundle, "base64").toString();
  }

  #next(): string {
    this.#version += 1;
    this.writes += 1;
    return String(this.#version);
  }
  #remember(): void {
    this.history.push({
      at: this.now,
      secrets: new Map(this.secrets),
      webhook: this.webhook,
    });
  }
}

/** The configuration as the manifests have it: neither caBundle nor path. */
export function aWebhookConfiguration(): WebhookObject {
  return {
    metadata: { resourceVersion: "1" },
    webhooks: [
      {
        name: "volume-claims.stateful-deployments.dev",
        clientConfig: {
          service: { name: "function", namespace: "stateful-deployments" },
        },
      },
    ],
  };
}

/** The options of a command line. */
export function optionsOf(...argv: string[]): CertificateOptions {
  const parsed = parseCertificateOptions(argv, {});
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

export function decoded(
  data: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [
      key,
      Buffer.from(text, "base64").toString(),
    ]),
  );
}

function check(
  name: string,
  object: SecretObject | WebhookObject | undefined,
  resourceVersion: string,
): void {
  if (object?.metadata.resourceVersion !== resourceVersion)
    throw new ApiStatusError(409, `${name}: the object has been modified`);
}

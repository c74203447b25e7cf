import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import type {
  ClusterObjects,
  SecretObject,
  SecretWrite,
  WebhookObject,
} from "../../../janitor/certificates/cluster-objects.ts";

export const minute = 60_000;
export const day = 24 * 60 * minute;

/** The labels of a Secret that is ours. */
export const MANAGED = {
  "app.kubernetes.io/managed-by": "stateful-deployments",
};

/** The objects at one time. */
export interface Moment {
  readonly at: number;
  readonly secrets: ReadonlyMap<string, SecretObject>;
  readonly webhook: WebhookObject | undefined;
}

type Webhooks = NonNullable<WebhookObject["webhooks"]>;
type Texts = Readonly<Record<string, string>>;

/** The objects of a cluster in memory, with resourceVersions that count, and all that they ever were. */
export class FakeObjects implements ClusterObjects {
  now = Date.parse("2026-03-01T12:00:00Z");
  readonly secrets = new Map<string, SecretObject>();
  webhook: WebhookObject | undefined = aWebhookConfiguration();
  history: Moment[] = [];
  writes = 0;
  /** Called before each write: another run may be faster. */
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

  async createSecret(name: string, write: SecretWrite): Promise<void> {
    await this.#conditional(undefined, () => this.secrets.get(name));
    this.putSecret(name, write.data, write.labels, write.annotations);
  }

  async patchSecret(
    name: string,
    resourceVersion: string,
    { annotations, data, labels }: SecretWrite,
  ): Promise<void> {
    const old = await this.#conditional(resourceVersion, () =>
      this.secrets.get(name),
    );
    this.putSecret(
      name,
      { ...decoded(old?.data), ...data },
      { ...old?.metadata.labels, ...labels },
      { ...old?.metadata.annotations, ...annotations },
    );
  }

  async patchWebhook(
    resourceVersion: string,
    annotations: Texts,
    webhooks: Webhooks,
  ): Promise<void> {
    const old = await this.#conditional(resourceVersion, () => this.webhook);
    this.putWebhook(
      (old?.webhooks ?? []).map((one): Webhooks[number] => {
        const { clientConfig: change } =
          webhooks.find(({ name }) => name === one.name) ?? one;
        const { clientConfig } = one;
        const service = { ...clientConfig.service, ...change.service };
        return {
          ...one,
          clientConfig: {
            ...clientConfig,
            ...change,
            ...(clientConfig.service && { service }),
          },
        };
      }),
      { ...old?.metadata.annotations, ...annotations },
    );
  }

  async #conditional<T extends SecretObject | WebhookObject>(
    resourceVersion: string | undefined,
    read: () => T | undefined,
  ): Promise<T | undefined> {
    await Promise.resolve();
    this.beforeWrite();
    const object = read();
    if (object?.metadata.resourceVersion !== resourceVersion)
      throw new ApiStatusError(409, "the object has been modified");
    return object;
  }

  /** Replaces a Secret as kubectl does; the data is not base64 yet. */
  putSecret(
    name: string,
    data: Texts,
    labels: Texts = MANAGED,
    annotations: Texts = {},
  ): void {
    const encoded = Object.entries(data).map(([key, text]) => [
      key,
      Buffer.from(text).toString("base64"),
    ]);
    this.secrets.set(name, {
      metadata: {
        resourceVersion: this.#next(),
        creationTimestamp: new Date(this.now).toISOString(),
        labels,
        annotations,
      },
      data: Object.fromEntries(encoded) as Texts,
    });
    this.#remember();
  }

  putWebhook(webhooks: Webhooks, annotations: Texts = {}): void {
    const metadata = { resourceVersion: this.#next(), annotations };
    this.webhook = { metadata, webhooks };
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
    const { now: at, webhook } = this;
    this.history.push({ at, secrets: new Map(this.secrets), webhook });
  }
}

/** The configuration of the manifests: without caBundle and path. */
export function aWebhookConfiguration(): Required<WebhookObject> {
  const service = { name: "function", namespace: "stateful-deployments" };
  return {
    metadata: { resourceVersion: "1" },
    webhooks: [
      {
        name: "volume-claims.stateful-deployments.dev",
        clientConfig: { service },
      },
    ],
  };
}

export function decoded(data: Texts = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [
      key,
      Buffer.from(text, "base64").toString(),
    ]),
  );
}

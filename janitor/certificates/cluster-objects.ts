import type {
  ApiAnswer,
  ApiRequest,
  ApiServer,
} from "../../functions/kubernetes/api-server.ts";
import { CERTIFICATES_NAME } from "../../functions/contract/keys.ts";
import { namespacePath } from "../../functions/kubernetes/paths.ts";
import { JANITOR_RETRY, retry } from "../../functions/kubernetes/retry.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";
import { unlessMissing } from "../cluster/conditional-write.ts";

/** A small object is read or written in milliseconds; an API server that restarts needs some seconds. */
const TIMEOUT_MS = 15_000;

interface ObjectMetadata {
  readonly resourceVersion: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Secret as the API has it: the values of `data` are base64. */
export interface SecretObject {
  readonly metadata: ObjectMetadata;
  readonly data?: Readonly<Record<string, string>>;
}

/** The part of a MutatingWebhookConfiguration that is read and written here. */
export interface WebhookObject {
  readonly metadata: ObjectMetadata;
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: ClientConfig;
  }[];
}

/** https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/mutating-webhook-configuration-v1/ */
export interface ClientConfig {
  readonly caBundle?: string;
  readonly url?: string;
  readonly service?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly path?: string;
  };
}

/** What a write sets. Everything else stays as it is. */
export interface SecretWrite {
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** Names of the objects that belong together. */
export interface ObjectNames {
  readonly namespace: string;
  readonly webhookConfiguration: string;
}

/**
 * The requests of the command. A read is repeated after a transient failure. A write is never repeated: the API server rejects
 * it with 409 when the object has changed since it was read.
 */
export interface ClusterObjects {
  /** The API server's clock, milliseconds since the epoch. */
  readTime(): Promise<number>;
  readSecret(name: string): Promise<SecretObject | undefined>;
  readWebhook(): Promise<WebhookObject | undefined>;
  createSecret(name: string, secret: SecretWrite): Promise<void>;
  patchSecret(
    name: string,
    resourceVersion: string,
    secret: SecretWrite,
  ): Promise<void>;
  patchWebhook(
    resourceVersion: string,
    annotations: Readonly<Record<string, string>>,
    webhooks: NonNullable<WebhookObject["webhooks"]>,
  ): Promise<void>;
}

/** The objects of the cluster behind `api`. */
export function clusterObjectsOn(
  api: ApiServer,
  { namespace, webhookConfiguration }: ObjectNames,
  sleep: Sleep,
): ClusterObjects {
  const secrets = `${namespacePath(namespace)}/secrets`;
  const secretPath = (name: string): string =>
    `${secrets}/${encodeURIComponent(name)}`;
  const webhookPath = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${encodeURIComponent(webhookConfiguration)}`;

  const get = (path: string): Promise<ApiAnswer> =>
    retry(JANITOR_RETRY, { sleep }, () =>
      api({ method: "GET", path, timeoutMs: TIMEOUT_MS }),
    );
  const write = async (
    request: Omit<ApiRequest, "query" | "timeoutMs">,
  ): Promise<void> => {
    await api({
      ...request,
      query: { fieldManager: CERTIFICATES_NAME },
      timeoutMs: TIMEOUT_MS,
    });
  };

  return {
    readTime: async () => {
      const { serverTime } = await get("/version");
      if (serverTime === undefined)
        throw new TypeError(
          "the API server's answers have no Date header, which is the clock of this command: something in between removes it",
        );
      return serverTime;
    },
    readSecret: async (name) => {
      const answer = await unlessMissing(get(secretPath(name)));
      return answer?.body as SecretObject | undefined;
    },
    readWebhook: async () => {
      const answer = await unlessMissing(get(webhookPath));
      return answer?.body as WebhookObject | undefined;
    },
    createSecret: (name, { labels, annotations, type, data }) =>
      write({
        method: "POST",
        path: secrets,
        body: {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name, labels, annotations },
          type,
          data: encoded(data),
        },
      }),
    // The type of a Secret cannot change, and no reader of our Secrets looks at it.
    patchSecret: (name, resourceVersion, { labels, annotations, data }) =>
      write({
        method: "PATCH",
        path: secretPath(name),
        contentType: "application/merge-patch+json",
        body: {
          metadata: { resourceVersion, labels, annotations },
          data: encoded(data),
        },
      }),
    // Strategic: webhooks are merged by name, so that all other fields stay as they are, also unknown ones.
    patchWebhook: (resourceVersion, annotations, webhooks) =>
      write({
        method: "PATCH",
        path: webhookPath,
        contentType: "application/strategic-merge-patch+json",
        body: { metadata: { resourceVersion, annotations }, webhooks },
      }),
  };
}

function encoded(
  data: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [
      key,
      Buffer.from(text).toString("base64"),
    ]),
  );
}

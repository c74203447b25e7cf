import { request } from "node:https";
import { text } from "node:stream/consumers";
import { CoreV1Api } from "@kubernetes/client-node";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { type ApiProxy, startApiProxy } from "./api-proxy.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
  uniqueNamespace,
} from "./shared-control-plane.ts";

/** An answer that came through the proxy; `body` is decoded where it is JSON. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: unknown;
}

/** A proxy in front of the shared control plane, and a namespace with ConfigMaps to try it on. */
export interface ApiProxySuite {
  readonly controlPlane: ControlPlane;
  readonly proxy: ApiProxy;
  readonly namespace: string;
  /** Behind the proxy's back. */
  readonly core: CoreV1Api;
  /** Path of the namespace's ConfigMaps. */
  settings(): string;
  /** A request through the proxy as administrator. */
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Creates a ConfigMap through the proxy. */
  create(name: string): Promise<Answer>;
}

/** Sets them up for the suite in which it is called; faults end with each test. */
export function apiProxySuite(): ApiProxySuite {
  const suite = {
    settings: () => `/api/v1/namespaces/${suite.namespace}/configmaps`,
    send,
    create: (name: string) =>
      send("POST", suite.settings(), { metadata: { name } }),
  } as { -readonly [Key in keyof ApiProxySuite]: ApiProxySuite[Key] };

  before(async function () {
    this.timeout(startTimeoutMs);
    suite.controlPlane = await sharedControlPlane();
    suite.core = suite.controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.proxy = await startApiProxy(suite.controlPlane);
    suite.namespace = await uniqueNamespace("proxy");
  });
  afterEach(() => suite.proxy.reset());
  after(() => suite.proxy.stop());
  return suite;

  function send(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${suite.proxy.url}${path}`,
        {
          method,
          ca: suite.controlPlane.caPem,
          agent: false,
          headers: {
            authorization: `Bearer ${suite.controlPlane.adminToken}`,
            "content-type": "application/json",
          },
        },
        (response) => {
          const { statusCode, headers } = response;
          text(response).then(
            (received) =>
              resolve({
                status: statusCode,
                headers,
                body: isJson(headers)
                  ? (JSON.parse(received) as unknown)
                  : received,
              }),
            reject,
          );
        },
      );
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function isJson(headers: NodeJS.Dict<string | string[]>): boolean {
  return headers["content-type"] === "application/json";
}

import { request } from "node:https";
import { text } from "node:stream/consumers";
import {
  AuthenticationV1Api,
  CoreV1Api,
  KubeConfig,
  Watch,
} from "@kubernetes/client-node";
import { expect } from "chai";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { type ApiProxy, startApiProxy } from "./api-proxy.ts";
import { eventually } from "./eventually.ts";
import type { ProxiedRequest } from "./fault.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
  uniqueNamespace,
} from "./shared-control-plane.ts";

function isPost({ method }: ProxiedRequest): boolean {
  return method === "POST";
}

function isJson(headers: NodeJS.Dict<string | string[]>): boolean {
  return headers["content-type"] === "application/json";
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("startApiProxy", function () {
  this.timeout(30_000);

  let controlPlane: ControlPlane;
  let proxy: ApiProxy;
  let namespace: string;
  /** Behind the proxy's back. */
  let core: CoreV1Api;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    proxy = await startApiProxy(controlPlane);
    namespace = await uniqueNamespace("proxy");
  });
  afterEach(() => proxy.reset());
  after(() => proxy.stop());

  interface Answer {
    status: number | undefined;
    headers: NodeJS.Dict<string | string[]>;
    body: unknown;
  }

  /** A request through the proxy as administrator. */
  function send(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${proxy.url}${path}`,
        {
          method,
          ca: controlPlane.caPem,
          agent: false,
          headers: {
            authorization: `Bearer ${controlPlane.adminToken}`,
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

  const settings = (): string => `/api/v1/namespaces/${namespace}/configmaps`;
  const create = (name: string): Promise<Answer> =>
    send("POST", settings(), { metadata: { name } });
  /** Watches of the ConfigMaps of one namespace that the API server is serving. */
  const openWatches = async (): Promise<number> => {
    const { body } = await send("GET", "/metrics");
    const line =
      /^apiserver_longrunning_requests\{.*resource="configmaps",scope="namespace".*verb="WATCH".*\} (\d+)$/m;
    return Number(line.exec(String(body))?.[1] ?? 0);
  };
  const exists = async (name: string): Promise<boolean> => {
    const { items } = await core.listNamespacedConfigMap({ namespace });
    return items.some(({ metadata }) => metadata?.name === name);
  };
  it("passes requests and identities on, and writes down what came", async () => {
    expect((await create("plain")).status).to.equal(201);
    await send("GET", `${settings()}?limit=1`);
    expect((await send("GET", `${settings()}/nothing`)).status).to.equal(404);
    expect(
      proxy.requests.map(({ method, path, query, status, upstreamStatus }) => [
        method,
        path,
        String(query),
        status,
        upstreamStatus,
      ]),
    ).to.deep.equal([
      ["POST", settings(), "", 201, 201],
      ["GET", settings(), "limit=1", 200, 200],
      ["GET", `${settings()}/nothing`, "", 404, 404],
    ]);

    const token = await controlPlane.tokenFor(namespace, "default");
    const config = new KubeConfig();
    config.loadFromFile(proxy.kubeconfigFor(token));
    const { status } = await config
      .makeApiClient(AuthenticationV1Api)
      .createSelfSubjectReview({ body: {} });
    expect(status?.userInfo?.username).to.equal(
      `system:serviceaccount:${namespace}:default`,
    );
  });

  it("streams a watch and ends it at the API server when the client goes", async () => {
    const config = new KubeConfig();
    config.loadFromFile(proxy.kubeconfigFor(controlPlane.adminToken));
    const seen: string[] = [];
    const others = await openWatches();
    const watch = await new Watch(config).watch(
      settings(),
      {},
      (_phase, object: { metadata: { name: string } }) =>
        void seen.push(object.metadata.name),
      () => undefined,
    );
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: "watched" } },
    });
    await eventually("the event", () => seen.includes("watched"), 5000);
    expect(await openWatches()).to.equal(others + 1);
    watch.abort();
    await eventually(
      "the watch has ended",
      async () => (await openWatches()) === others,
      5000,
    );
  });

  it("delays a request by the time given", async () => {
    proxy.intercept(isPost, { delayMs: 300 });
    const startedAt = performance.now();
    expect((await create("delayed")).status).to.equal(201);
    expect(performance.now() - startedAt).to.be.greaterThan(290);
  });

  it("answers in the API server's place, as often as told", async () => {
    const interception = proxy.intercept(
      isPost,
      { status: 429, headers: { "retry-after": "1" } },
      2,
    );
    const refused = await create("refused");
    expect(refused.status).to.equal(429);
    expect(refused.headers["retry-after"]).to.equal("1");
    expect(refused.body).to.deep.include({ kind: "Status", code: 429 });
    await create("refused");
    expect(interception.hits).to.equal(2);
    expect(await exists("refused")).to.equal(false);
    expect((await create("refused")).status).to.equal(201);
    expect(
      proxy.requests.map(({ upstreamStatus }) => upstreamStatus),
    ).to.deep.equal([undefined, undefined, 201]);
  });

  it("answers with the body given", async () => {
    const body = { kind: "Status", code: 410, reason: "Expired" };
    proxy.intercept(() => true, { status: 410, body });
    expect((await send("GET", settings())).body).to.deep.equal(body);
  });

  it("breaks the connection before the work is done", async () => {
    proxy.intercept(isPost, { resetBefore: true });
    expect(await failureOf(create("lost"))).to.include({ code: "ECONNRESET" });
    expect(await exists("lost")).to.equal(false);
  });

  it("breaks the connection after the work is done", async () => {
    proxy.intercept(isPost, { resetAfterWrite: true });
    expect(await failureOf(create("done"))).to.include({ code: "ECONNRESET" });
    expect(await exists("done")).to.equal(true);
    const [recorded] = proxy.requests;
    expect(recorded).to.deep.include({
      status: undefined,
      upstreamStatus: 201,
    });
  });

  it("lets a request hang until the faults are forgotten", async () => {
    const interception = proxy.intercept(isPost, { hang: true });
    let settled = false;
    const failure = failureOf(create("hanging")).finally(() => {
      settled = true;
    });
    await eventually("it hangs", () => interception.hits === 1, 5000);
    await send("GET", settings());
    expect(settled).to.equal(false);
    proxy.reset();
    expect(await failure).to.include({ code: "ECONNRESET" });
    expect(await exists("hanging")).to.equal(false);
  });

  it("runs something before the API server sees the request", async () => {
    proxy.intercept(isPost, {
      before: () =>
        core.createNamespacedConfigMap({
          namespace,
          body: { metadata: { name: "race" } },
        }),
    });
    expect((await create("race")).status).to.equal(409);
  });

  it("runs something between the API server's answer and the client", async () => {
    let created: unknown;
    proxy.intercept(isPost, {
      after: async ({ status, body }) => {
        expect(status).to.equal(201);
        created = body;
        await core.deleteNamespacedConfigMap({ namespace, name: "gone" });
      },
    });
    const answer = await create("gone");
    expect(answer.status).to.equal(201);
    expect(answer.body).to.deep.equal(created);
    expect(await exists("gone")).to.equal(false);
  });

  it("rewrites an answer", async () => {
    proxy.intercept(({ path }) => path === settings(), {
      rewrite: (body) => ({ ...(body as object), items: [] }),
    });
    const answer = await send("GET", settings());
    expect(answer.body).to.deep.include({ kind: "ConfigMapList", items: [] });
  });

  it("breaks the connection when a fault's own code throws", async () => {
    proxy.intercept(isPost, {
      before: () => {
        throw new Error("the test's own mistake");
      },
    });
    expect(await failureOf(create("mistake"))).to.include({
      code: "ECONNRESET",
    });
    expect((await send("GET", settings())).status).to.equal(200);
  });
});

import { expect } from "chai";
import { apiProxySuite } from "./api-proxy-suite.ts";
import { eventually } from "./eventually.ts";
import type { ProxiedRequest } from "./fault.ts";

function isPost({ method }: ProxiedRequest): boolean {
  return method === "POST";
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("startApiProxy with faults", function () {
  this.timeout(30_000);
  const suite = apiProxySuite();

  const exists = async (name: string): Promise<boolean> => {
    const { items } = await suite.core.listNamespacedConfigMap({
      namespace: suite.namespace,
    });
    return items.some(({ metadata }) => metadata?.name === name);
  };

  it("delays a request by the time given", async () => {
    suite.proxy.intercept(isPost, { delayMs: 300 });
    const startedAt = performance.now();
    expect((await suite.create("delayed")).status).to.equal(201);
    expect(performance.now() - startedAt).to.be.greaterThan(290);
  });

  it("answers in the API server's place, as often as told", async () => {
    const interception = suite.proxy.intercept(
      isPost,
      { status: 429, headers: { "retry-after": "1" } },
      2,
    );
    const refused = await suite.create("refused");
    expect(refused.status).to.equal(429);
    expect(refused.headers["retry-after"]).to.equal("1");
    expect(refused.body).to.deep.include({ kind: "Status", code: 429 });
    await suite.create("refused");
    expect(interception.hits).to.equal(2);
    expect(await exists("refused")).to.equal(false);
    expect((await suite.create("refused")).status).to.equal(201);
    expect(
      suite.proxy.requests.map(({ upstreamStatus }) => upstreamStatus),
    ).to.deep.equal([undefined, undefined, 201]);
  });

  it("answers with the body given", async () => {
    const body = { kind: "Status", code: 410, reason: "Expired" };
    suite.proxy.intercept(() => true, { status: 410, body });
    expect((await suite.send("GET", suite.settings())).body).to.deep.equal(
      body,
    );
  });

  it("breaks the connection before the work is done", async () => {
    suite.proxy.intercept(isPost, { resetBefore: true });
    expect(await failureOf(suite.create("lost"))).to.include({
      code: "ECONNRESET",
    });
    expect(await exists("lost")).to.equal(false);
  });

  it("breaks the connection after the work is done", async () => {
    suite.proxy.intercept(isPost, { resetAfterWrite: true });
    expect(await failureOf(suite.create("done"))).to.include({
      code: "ECONNRESET",
    });
    expect(await exists("done")).to.equal(true);
    const [recorded] = suite.proxy.requests;
    expect(recorded).to.deep.include({
      status: undefined,
      upstreamStatus: 201,
    });
  });

  it("lets a request hang until the faults are forgotten", async () => {
    const interception = suite.proxy.intercept(isPost, { hang: true });
    let settled = false;
    const failure = failureOf(suite.create("hanging")).finally(() => {
      settled = true;
    });
    await eventually("it hangs", () => interception.hits === 1, 5000);
    await suite.send("GET", suite.settings());
    expect(settled).to.equal(false);
    suite.proxy.reset();
    expect(await failure).to.include({ code: "ECONNRESET" });
    expect(await exists("hanging")).to.equal(false);
  });

  it("runs something before the API server sees the request", async () => {
    suite.proxy.intercept(isPost, {
      before: () =>
        suite.core.createNamespacedConfigMap({
          namespace: suite.namespace,
          body: { metadata: { name: "race" } },
        }),
    });
    expect((await suite.create("race")).status).to.equal(409);
  });

  it("runs something between the API server's answer and the client", async () => {
    let created: unknown;
    suite.proxy.intercept(isPost, {
      after: async ({ status, body }) => {
        expect(status).to.equal(201);
        created = body;
        await suite.core.deleteNamespacedConfigMap({
          namespace: suite.namespace,
          name: "gone",
        });
      },
    });
    const answer = await suite.create("gone");
    expect(answer.status).to.equal(201);
    expect(answer.body).to.deep.equal(created);
    expect(await exists("gone")).to.equal(false);
  });

  it("rewrites an answer", async () => {
    suite.proxy.intercept(({ path }) => path === suite.settings(), {
      rewrite: (body) => ({ ...(body as object), items: [] }),
    });
    const answer = await suite.send("GET", suite.settings());
    expect(answer.body).to.deep.include({ kind: "ConfigMapList", items: [] });
  });

  it("breaks the connection when a fault's own code throws", async () => {
    suite.proxy.intercept(isPost, {
      before: () => {
        throw new Error("the test's own mistake");
      },
    });
    expect(await failureOf(suite.create("mistake"))).to.include({
      code: "ECONNRESET",
    });
    expect((await suite.send("GET", suite.settings())).status).to.equal(200);
  });
});

import { createServer as createHttpServer } from "node:http";
import type { Server } from "node:http";
import { expect } from "chai";
import express from "express";
import type { ErrorRequestHandler } from "express";
import {
  allowed,
  denied,
  patched,
} from "../../../functions/admission/response.ts";
import type { AdmissionResponse } from "../../../functions/admission/response.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { createMetrics } from "../../../functions/http/metrics.ts";
import { createServer, reportFailure } from "../../../functions/http/server.ts";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { listening } from "../../control-plane/free-port.ts";

const TOKEN = "secret-path-0123456789";
const PATH = `/mutate/${TOKEN}`;
const request = aRequest(aPod());
const review = aReview(request);
const REVIEW = JSON.stringify(review);

function reviewOf(over: object): string {
  return JSON.stringify(aReview({ ...request, ...over }));
}

/** What the error handler before it throws. */
const thrown: unknown[] = [];
const catchThrown: ErrorRequestHandler = (error, _request, response, _next) => {
  thrown.push(error);
  response.destroy();
};

describe("a request that fails after its answer has begun", () => {
  const log: string[] = [];
  let server: Server;
  let base: string;

  before(async () => {
    const app = express();
    app.get("/whole", (_request, response, next) => {
      response.json({ done: true });
      next(new Error("too late"));
    });
    app.get("/half", (_request, response, next) => {
      response.write("half an", () => next(new Error("too late")));
    });
    app.use(reportFailure(createLogger("debug", (line) => log.push(line))));
    app.use(catchThrown);
    server = createHttpServer(app);
    base = `http://127.0.0.1:${await listening(server)}`;
  });
  beforeEach(() => {
    thrown.length = 0;
    log.length = 0;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it("keeps an answer that is complete", async () => {
    const response = await fetch(`${base}/whole`);
    expect(await response.json()).to.deep.equal({ done: true });
    expect(thrown).to.deep.equal([]);
    expect(log.join("")).to.include("too late");
  });

  it("loses its connection with half an answer", async () => {
    const response = await fetch(`${base}/half`);
    expect(response.status).to.equal(200);
    const failure = await response.text().catch((error: unknown) => error);
    expect(failure).to.be.an.instanceOf(TypeError);
    expect(thrown).to.deep.equal([]);
    expect(log.join("")).to.include("too late");
  });
});

describe("the HTTP side of the function", () => {
  let server: Server;
  let base: string;
  let answer: () => Promise<AdmissionResponse>;
  let handled: number;
  let notReady: string | undefined;
  let tokens: readonly string[];
  const log: string[] = [];

  before(async () => {
    const app = createServer({
      handler: () => {
        handled += 1;
        return answer();
      },
      ready: () => Promise.resolve(notReady),
      metrics: createMetrics(),
      log: createLogger("debug", (line) => log.push(line)),
      tokens: () => tokens,
    });
    server = createHttpServer(app);
    base = `http://127.0.0.1:${await listening(server)}`;
  });
  beforeEach(() => {
    answer = () => Promise.resolve(allowed("nothing to do"));
    handled = 0;
    notReady = undefined;
    tokens = [TOKEN];
    log.length = 0;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  function post(
    body: string,
    { path = PATH, type = "application/json" } = {},
  ): Promise<Response> {
    const headers = { "content-type": type };
    return fetch(base + path, { method: "POST", body, headers });
  }

  /** The body of the answer to a good review. */
  async function reviewed(): Promise<unknown> {
    const response = await post(REVIEW);
    expect(response.status).to.equal(200);
    return await response.json();
  }

  it("serves probes and metrics to clients of the Pod itself, and not through a proxy", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      expect((await fetch(base + path)).status, path).to.equal(200);
      const forwarded = await fetch(base + path, {
        headers: { "x-forwarded-for": "192.0.2.1" },
      });
      expect(forwarded.status, path).to.equal(404);
      expect(await forwarded.json()).to.deep.equal({ error: "not found" });
    }
  });

  it("gives the reason when it is not ready", async () => {
    expect(await (await fetch(`${base}/readyz`)).text()).to.equal("ok\n");
    notReady = "the API server cannot be used: refused";
    const response = await fetch(`${base}/readyz`);
    expect(response.status).to.equal(503);
    expect(await response.text()).to.equal(`${notReady}\n`);
  });

  const envelope = {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
  };

  it("answers a review with a review of the same uid, and logs one line", async () => {
    expect(await reviewed()).to.deep.equal({
      ...envelope,
      response: { uid: request.uid, allowed: true },
    });
    const [line, ...more] = log.map((text) => JSON.parse(text) as object);
    expect(more).to.deep.equal([]);
    expect(line).to.include({
      level: "info",
      msg: "admission",
      uid: request.uid,
      namespace: "shop",
      pod: "web-5d4f8c7b9-",
      outcome: "allowed",
      reason: "nothing to do",
    });
  });

  it("encodes the patch in base64, with warnings and audit annotations", async () => {
    const more = {
      warnings: ["careful"],
      auditAnnotations: { claims: "web-cache-x" },
    };
    const patch = { op: "add", path: "/metadata/labels", value: {} } as const;
    answer = () =>
      Promise.resolve({ ...patched("created web-cache-x", [patch]), ...more });
    expect(await reviewed()).to.deep.equal({
      ...envelope,
      response: {
        uid: request.uid,
        allowed: true,
        patchType: "JSONPatch",
        patch: Buffer.from(JSON.stringify([patch])).toString("base64"),
        ...more,
      },
    });
  });

  it("answers a rejection with status 200 and the message in the review, and counts it", async () => {
    answer = () => Promise.resolve(denied("annotation x: is wrong"));
    expect(await reviewed()).to.have.deep.nested.property("response.status", {
      code: 422,
      reason: "Invalid",
      message: "annotation x: is wrong",
    });
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text)
      .to.match(
        /^stateful_deployments_admissions_total\{outcome="denied"\} 1$/m,
      )
      .and.to.match(/admission_duration_seconds_count [1-9]/)
      .and.to.include("stateful_deployments_admissions_in_flight 0");
  });

  it("counts and logs what a Pod got from its pool, and why", async () => {
    const pool = { outcome: "miss", reason: "cannot-grow" } as const;
    answer = () => Promise.resolve({ ...allowed("created a"), pool });
    await reviewed();
    expect(JSON.parse(log[0] ?? "{}")).to.deep.include({ pool });
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).to.match(
      /^stateful_deployments_pool_requests_total\{outcome="miss",reason="cannot-grow"\} 1$/m,
    );
  });

  it("answers a fault of its own with a review too, and writes the details to the log only", async () => {
    answer = () => Promise.reject(new Error("a bug with a detail"));
    expect(JSON.stringify(await reviewed()))
      .to.include('"code":500')
      .and.not.to.include("a detail");
    expect(log.join("")).to.include("a detail");
  });

  const bodies: [name: string, body: string, says: string][] = [
    ["a body that is not JSON", "{", "is not valid JSON"],
    ["an empty body", "", "not an AdmissionReview"],
    ["a list", "[]", "the body must be object, not []"],
    ["null", "null", "the body must be object, not null"],
    [
      "another kind",
      JSON.stringify({ ...review, kind: "Pod" }),
      'kind must be "AdmissionReview", not "Pod"',
    ],
    [
      "an old version",
      JSON.stringify({ ...review, apiVersion: "admission.k8s.io/v1beta1" }),
      'apiVersion must be "admission.k8s.io/v1"',
    ],
    [
      "a review without request",
      JSON.stringify(envelope),
      "must have required property 'request'",
    ],
    [
      "a request without uid",
      reviewOf({ uid: undefined }),
      "request must have required property 'uid'",
    ],
    [
      "an unknown operation",
      reviewOf({ operation: "PATCH" }),
      "request.operation must be",
    ],
    [
      "an annotation that is not text",
      reviewOf({ object: { metadata: { annotations: { "a.b/x": 7 } } } }),
      "request.object.metadata.annotations.a.b/x must be string, not 7",
    ],
    [
      "a namespace that is a path",
      reviewOf({ namespace: "../../x" }),
      'not "../../x"',
    ],
    [
      "volumes that are not a list",
      reviewOf({ object: { spec: { containers: [], volumes: {} } } }),
      "request.object.spec.volumes must be array",
    ],
  ];
  const wrong: {
    name: string;
    body?: string;
    path?: string;
    type?: string;
    status?: number;
    says: string;
  }[] = [
    ...bodies.map(([name, body, says]) => ({ name, body, says })),
    {
      name: "another content type",
      type: "text/plain",
      status: 415,
      says: 'Content-Type "text/plain" is not supported',
    },
    {
      name: "a body over 20 MiB",
      body: `"${"x".repeat(20 * 1024 * 1024)}"`,
      status: 413,
      says: "the body is larger than 20971520 bytes",
    },
    ...["/", "/validate", "/mutate", "/mutate/another-path", `${PATH}/x`].map(
      (path) => ({
        name: `the path ${path}`,
        path,
        status: 404,
        says: "not found",
      }),
    ),
    {
      name: "a path that cannot be decoded",
      path: "/mutate/%E0%A4%A",
      says: "Failed to decode",
    },
  ];
  for (const { body = REVIEW, name, says, status = 400, ...to } of wrong)
    it(`answers ${status} to ${name}, handles nothing and stays up`, async () => {
      const response = await post(body, to);
      expect(response.status).to.equal(status);
      expect(response.headers.has("x-powered-by")).to.equal(false);
      const { error } = (await response.json()) as { error: string };
      expect(error).to.include(says);
      expect(handled).to.equal(0);
      expect((await fetch(`${base}/healthz`)).status).to.equal(200);
    });

  it("answers 405 to another method, but only to a client that knows the secret path", async () => {
    const known = await fetch(base + PATH);
    expect(known.status).to.equal(405);
    expect(known.headers.get("allow")).to.equal("POST");
    expect((await fetch(`${base}/mutate/unknown`)).status).to.equal(404);
  });

  it("serves every token that is accepted at the moment, and no other", async () => {
    const next = "next-path-0123456789";
    for (const { accepted, statuses } of [
      { accepted: [TOKEN], statuses: [200, 404] },
      { accepted: [TOKEN, next], statuses: [200, 200] },
      { accepted: [next], statuses: [404, 200] },
      { accepted: [], statuses: [404, 404] },
    ]) {
      tokens = accepted;
      const got = [TOKEN, next].map(async (token) => {
        const { status } = await post(REVIEW, { path: `/mutate/${token}` });
        return status;
      });
      expect(await Promise.all(got)).to.deep.equal(statuses);
    }
  });

  it("never writes the secret path to its log", async () => {
    await post(REVIEW);
    await post("{");
    await post(REVIEW, { path: `${PATH}x` });
    expect(log).not.to.have.lengthOf(0);
    expect(log.join("")).not.to.include(TOKEN);
  });
});

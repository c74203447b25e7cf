import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import {
  allowed,
  denied,
  patched,
} from "../../functions/admission/response.ts";
import type { AdmissionResponse } from "../../functions/admission/response.ts";
import { createLogger } from "../../functions/logger.ts";
import { createMetrics } from "../../functions/metrics.ts";
import { createServer } from "../../functions/server.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";

const token = "secret-path-0123456789";

describe("the HTTP side of the function", () => {
  let server: Server;
  let base: string;
  let answer: () => Promise<AdmissionResponse>;
  let notReady: string | undefined;
  let handled = 0;
  const log: string[] = [];
  let tokens: readonly string[] = [token];

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
    server = createHttpServer(app).listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    handled = 0;
    log.length = 0;
    answer = () => Promise.resolve(allowed("nothing to do"));
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  function post(
    body: string,
    { path = `/mutate/${token}`, type = "application/json" } = {},
  ): Promise<Response> {
    return fetch(base + path, {
      method: "POST",
      body,
      headers: { "content-type": type },
    });
  }

  const review = JSON.stringify(aReview(aRequest(aPod())));

  it("has probes and metrics for those who come to the Pod itself, and not through a proxy", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      expect((await fetch(base + path)).status, path).to.equal(200);
      const forwarded = await fetch(base + path, {
        headers: { "x-forwarded-for": "192.0.2.1" },
      });
      expect(forwarded.status, path).to.equal(404);
      expect(await forwarded.json()).to.deep.equal({ error: "not found" });
    }
  });

  it("answers a review with a review of the same uid", async () => {
    const response = await post(review);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      response: { uid: "705ab4f5-6393-11e8-b7cc-42010a800002", allowed: true },
    });
  });

  it("encodes the patch in base64 and adds what the API server logs", async () => {
    answer = () =>
      Promise.resolve({
        ...patched("created web-cache-x", [
          { op: "add", path: "/metadata/labels", value: {} },
        ]),
        warnings: ["careful"],
        auditAnnotations: { claims: "web-cache-x" },
      });
    expect(await (await post(review)).json()).to.deep.equal({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      response: {
        uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
        allowed: true,
        patchType: "JSONPatch",
        patch: Buffer.from(
          '[{"op":"add","path":"/metadata/labels","value":{}}]',
        ).toString("base64"),
        warnings: ["careful"],
        auditAnnotations: { claims: "web-cache-x" },
      },
    });
  });

  it("answers a refusal with status 200 and the words in the review", async () => {
    answer = () => Promise.resolve(denied("annotation x: is wrong"));
    const response = await post(review);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.have.deep.nested.property(
      "response.status",
      { code: 422, reason: "Invalid", message: "annotation x: is wrong" },
    );
  });

  it("answers a fault of its own with a review too, whose details only the log has", async () => {
    answer = () => Promise.reject(new Error("a bug with a detail"));
    const response = await post(review);
    expect(response.status).to.equal(200);
    expect(await response.text())
      .to.include('"code":500')
      .and.not.to.include("a detail");
    expect(log.join("")).to.include("a detail");
  });

  const wrong = [
    {
      name: "a body that is no JSON",
      body: "{",
      status: 400,
      says: "the body is not valid JSON",
    },
    {
      name: "an empty body",
      body: "",
      status: 400,
      says: "not an AdmissionReview",
    },
    {
      name: "a list",
      body: "[]",
      status: 400,
      says: "the body must be object, not []",
    },
    {
      name: "null",
      body: "null",
      status: 400,
      says: "the body must be object, not null",
    },
    {
      name: "another kind",
      body: JSON.stringify({ ...JSON.parse(review), kind: "Pod" }),
      status: 400,
      says: 'kind must be "AdmissionReview", not "Pod"',
    },
    {
      name: "an old version",
      body: JSON.stringify({
        ...JSON.parse(review),
        apiVersion: "admission.k8s.io/v1beta1",
      }),
      status: 400,
      says: 'apiVersion must be "admission.k8s.io/v1"',
    },
    {
      name: "a review without request",
      body: JSON.stringify({
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
      }),
      status: 400,
      says: "must have required property 'request'",
    },
    {
      name: "a request without uid",
      body: JSON.stringify(
        aReview({ ...aRequest(aPod()), uid: undefined as unknown as string }),
      ),
      status: 400,
      says: "request must have required property 'uid'",
    },
    {
      name: "an operation that is none",
      body: JSON.stringify(
        aReview(aRequest(aPod(), { operation: "PATCH" as "UPDATE" })),
      ),
      status: 400,
      says: "request.operation must be",
    },
    {
      name: "annotations that are no text",
      body: JSON.stringify(
        aReview(
          aRequest(
            aPod({
              annotations: {
                "volume-claim-template/name": 7 as unknown as string,
              },
            }),
          ),
        ),
      ),
      status: 400,
      says: "request.object.metadata.annotations.volume-claim-template/name must be string, not 7",
    },
    {
      name: "a namespace that is a path",
      body: JSON.stringify(aReview(aRequest(aPod(), { namespace: "../../x" }))),
      status: 400,
      says: 'not "../../x"',
    },
    {
      name: "volumes that are no list",
      body: JSON.stringify(
        aReview(
          aRequest({ ...aPod(), spec: { containers: [], volumes: {} as [] } }),
        ),
      ),
      status: 400,
      says: "request.object.spec.volumes must be array",
    },
    {
      name: "another content type",
      body: review,
      type: "text/plain",
      status: 415,
      says: 'Content-Type "text/plain" is not supported',
    },
    {
      name: "a body over 4 MiB",
      body: `"${"x".repeat(4 * 1024 * 1024)}"`,
      status: 413,
      says: "the body is larger than 4194304 bytes",
    },
    {
      name: "an unknown path",
      body: review,
      path: "/validate",
      status: 404,
      says: "not found",
    },
    {
      name: "no secret path",
      body: review,
      path: "/mutate",
      status: 404,
      says: "not found",
    },
    {
      name: "a wrong secret path",
      body: review,
      path: "/mutate/secret-path-9876543210",
      status: 404,
      says: "not found",
    },
    {
      name: "more after the secret path",
      body: review,
      path: `/mutate/${token}/x`,
      status: 404,
      says: "not found",
    },
    {
      name: "a path that cannot be decoded",
      body: review,
      path: "/mutate/%E0%A4%A",
      status: 400,
      says: "Failed to decode",
    },
  ];
  for (const { name, body, path, type, status, says } of wrong) {
    it(`answers ${status} to ${name}, handles nothing and stays up`, async () => {
      const response = await post(body, {
        ...(path && { path }),
        ...(type && { type }),
      });
      expect(response.status).to.equal(status);
      const { error } = (await response.json()) as { error: string };
      expect(error).to.include(says);
      expect(handled).to.equal(0);
      expect((await fetch(`${base}/healthz`)).status).to.equal(200);
    });
  }

  it("answers 405 to another method, and only to whoever knows the secret path", async () => {
    const known = await fetch(`${base}/mutate/${token}`);
    expect(known.status).to.equal(405);
    expect(known.headers.get("allow")).to.equal("POST");
    expect((await fetch(`${base}/mutate/unknown`)).status).to.equal(404);
  });

  it("serves every token that is accepted at the moment, and no other", async () => {
    const next = "next-path-0123456789";
    const statuses = async (): Promise<number[]> => [
      (await post(review)).status,
      (await post(review, { path: `/mutate/${next}` })).status,
    ];
    try {
      expect(await statuses()).to.deep.equal([200, 404]);
      tokens = [token, next];
      expect(await statuses()).to.deep.equal([200, 200]);
      tokens = [next];
      expect(await statuses()).to.deep.equal([404, 200]);
      tokens = [];
      expect(await statuses()).to.deep.equal([404, 404]);
    } finally {
      tokens = [token];
    }
  });

  it("never writes the secret path to its log", async () => {
    await post(review);
    await post("{");
    await post(review, { path: `/mutate/${token}x` });
    expect(log).not.to.have.lengthOf(0);
    expect(log.join("")).not.to.include(token);
  });

  it("says nothing of what it is made of", async () => {
    const response = await post("{", { path: "/" });
    expect(response.headers.has("x-powered-by")).to.equal(false);
    expect(await response.text()).to.equal('{"error":"not found"}');
  });

  it("is ready or says why not", async () => {
    expect(await (await fetch(`${base}/readyz`)).text()).to.equal("ok\n");
    notReady = "the API server cannot be used: refused";
    const response = await fetch(`${base}/readyz`);
    expect(response.status).to.equal(503);
    expect(await response.text()).to.equal(
      "the API server cannot be used: refused\n",
    );
    notReady = undefined;
  });

  it("counts admissions by outcome", async () => {
    await post(review);
    answer = () => Promise.resolve(denied("no"));
    await post(review);
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).to.match(
      /stateful_deployments_admissions_total\{outcome="denied"\} [1-9]/,
    );
    expect(text).to.match(
      /stateful_deployments_admission_duration_seconds_count [1-9]/,
    );
    expect(text).to.include("stateful_deployments_admissions_in_flight 0");
  });

  it("logs one line an admission with uid, namespace, Pod and reason", async () => {
    await post(review);
    const lines = log.map(
      (line) => JSON.parse(line) as Record<string, unknown>,
    );
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include({
      level: "info",
      msg: "admission",
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      namespace: "shop",
      pod: "web-5d4f8c7b9-",
      outcome: "allowed",
      reason: "nothing to do",
    });
  });
});

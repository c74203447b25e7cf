import { expect } from "chai";
import { denied, patched } from "../../../functions/admission/response.ts";
import { REVIEW, serverSuite } from "./server-suite.ts";

describe("the HTTP side of the function", () => {
  const suite = serverSuite();

  it("has probes and metrics for those who come to the Pod itself, and not through a proxy", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      expect((await fetch(suite.base + path)).status, path).to.equal(200);
      const forwarded = await fetch(suite.base + path, {
        headers: { "x-forwarded-for": "192.0.2.1" },
      });
      expect(forwarded.status, path).to.equal(404);
      expect(await forwarded.json()).to.deep.equal({ error: "not found" });
    }
  });

  it("answers a review with a review of the same uid", async () => {
    const response = await suite.post(REVIEW);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      response: { uid: "705ab4f5-6393-11e8-b7cc-42010a800002", allowed: true },
    });
  });

  it("encodes the patch in base64 and adds what the API server logs", async () => {
    suite.answer = () =>
      Promise.resolve({
        ...patched("created web-cache-x", [
          { op: "add", path: "/metadata/labels", value: {} },
        ]),
        warnings: ["careful"],
        auditAnnotations: { claims: "web-cache-x" },
      });
    expect(await (await suite.post(REVIEW)).json()).to.deep.equal({
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
    suite.answer = () => Promise.resolve(denied("annotation x: is wrong"));
    const response = await suite.post(REVIEW);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.have.deep.nested.property(
      "response.status",
      { code: 422, reason: "Invalid", message: "annotation x: is wrong" },
    );
  });

  it("answers a fault of its own with a review too, whose details only the log has", async () => {
    suite.answer = () => Promise.reject(new Error("a bug with a detail"));
    const response = await suite.post(REVIEW);
    expect(response.status).to.equal(200);
    expect(await response.text())
      .to.include('"code":500')
      .and.not.to.include("a detail");
    expect(suite.log.join("")).to.include("a detail");
  });

  it("is ready or says why not", async () => {
    expect(await (await fetch(`${suite.base}/readyz`)).text()).to.equal("ok\n");
    suite.notReady = "the API server cannot be used: refused";
    const response = await fetch(`${suite.base}/readyz`);
    expect(response.status).to.equal(503);
    expect(await response.text()).to.equal(
      "the API server cannot be used: refused\n",
    );
  });

  it("counts admissions by outcome", async () => {
    await suite.post(REVIEW);
    suite.answer = () => Promise.resolve(denied("no"));
    await suite.post(REVIEW);
    const text = await (await fetch(`${suite.base}/metrics`)).text();
    expect(text).to.match(
      /stateful_deployments_admissions_total\{outcome="denied"\} [1-9]/,
    );
    expect(text).to.match(
      /stateful_deployments_admission_duration_seconds_count [1-9]/,
    );
    expect(text).to.include("stateful_deployments_admissions_in_flight 0");
  });

  it("logs one line an admission with uid, namespace, Pod and reason", async () => {
    await suite.post(REVIEW);
    const lines = suite.log.map(
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

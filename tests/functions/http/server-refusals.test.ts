import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { expectRefusal, REVIEW, serverSuite } from "./server-suite.ts";

describe("wrong reviews at the HTTP side of the function", () => {
  const suite = serverSuite();

  const wrong = [
    {
      name: "a body that is no JSON",
      body: "{",
      says: "the body is not valid JSON",
    },
    {
      name: "an empty body",
      body: "",
      says: "not an AdmissionReview",
    },
    {
      name: "a list",
      body: "[]",
      says: "the body must be object, not []",
    },
    {
      name: "null",
      body: "null",
      says: "the body must be object, not null",
    },
    {
      name: "another kind",
      body: JSON.stringify({ ...JSON.parse(REVIEW), kind: "Pod" }),
      says: 'kind must be "AdmissionReview", not "Pod"',
    },
    {
      name: "an old version",
      body: JSON.stringify({
        ...JSON.parse(REVIEW),
        apiVersion: "admission.k8s.io/v1beta1",
      }),
      says: 'apiVersion must be "admission.k8s.io/v1"',
    },
    {
      name: "a review without request",
      body: JSON.stringify({
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
      }),
      says: "must have required property 'request'",
    },
    {
      name: "a request without uid",
      body: JSON.stringify(
        aReview({ ...aRequest(aPod()), uid: undefined as unknown as string }),
      ),
      says: "request must have required property 'uid'",
    },
    {
      name: "an operation that is none",
      body: JSON.stringify(
        aReview(aRequest(aPod(), { operation: "PATCH" as "UPDATE" })),
      ),
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
      says: "request.object.metadata.annotations.volume-claim-template/name must be string, not 7",
    },
    {
      name: "a namespace that is a path",
      body: JSON.stringify(aReview(aRequest(aPod(), { namespace: "../../x" }))),
      says: 'not "../../x"',
    },
    {
      name: "volumes that are no list",
      body: JSON.stringify(
        aReview(
          aRequest({ ...aPod(), spec: { containers: [], volumes: {} as [] } }),
        ),
      ),
      says: "request.object.spec.volumes must be array",
    },
    {
      name: "another content type",
      body: REVIEW,
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
  ];
  for (const { name, body, type, status = 400, says } of wrong) {
    it(`answers ${status} to ${name}, handles nothing and stays up`, async () => {
      const response = await suite.post(body, { ...(type && { type }) });
      await expectRefusal(suite, response, { status, says });
    });
  }
});

import { expect } from "chai";
import { ask } from "./ask.ts";
import type { Answer, Question } from "./ask.ts";
import { claimsIn, core, kubectl, ourNamespace } from "../steps/cluster.ts";
import { nodeState } from "../steps/mocha-output.ts";
import {
  askFromPod,
  isPatched,
  forgedReview,
  webhookCall,
} from "./forged-request.ts";
import type { WebhookCall } from "./forged-request.ts";

/** What only our function answers, and nothing else on the way to it. */
const notFound = { status: 404, body: '{"error":"not found"}' };
const wrongPaths = [
  "/mutate",
  "/mutate/",
  "/mutate/wrong-wrong-wrong-wrong",
  "/",
];
const internalName = `function.${ourNamespace}.svc.cluster.local`;

const places = [
  {
    name: "the node",
    isThere: nodeState,
    ask: (questions: readonly Question[]) => Promise.all(questions.map(ask)),
  },
  {
    name: "a Pod in the cluster",
    isThere: () => undefined,
    ask: (questions: readonly Question[]) => askFromPod("default", questions),
  },
];

describe("a client that is not the API server", () => {
  let api: WebhookCall;
  let gateway = "";
  let claimsBefore = 0;

  /** To the gateway as it serves names from outside, with a body for which the function would create a claim. */
  const question = (of: Partial<Question>): Question => ({
    scheme: "https",
    address: gateway,
    host: api.host,
    path: api.path,
    method: "POST",
    ...(of.method !== "GET" && { body: forgedReview({ dryRun: false }) }),
    ...of,
  });
  /** With the secret path the function answers: it must create no claim. */
  const dryRun = { body: forgedReview({ dryRun: true }) };

  before(async () => {
    api = await webhookCall();
    const { spec } = await core.readNamespacedService({
      namespace: "kourier-system",
      name: "kourier",
    });
    gateway = spec?.clusterIP ?? "";
    claimsBefore = (await claimsIn("default")).length;
  });

  for (const place of places)
    describe(`at ${place.name}`, () => {
      before(function () {
        place.isThere(this);
      });

      it("gets an answer with the secret path over TLS, so the address below is right", async () => {
        const [answer] = await place.ask([
          question({ ...dryRun, authorities: api.authorities }),
        ]);
        expect(answer?.status, answer?.body).to.equal(200);
        expect(isPatched(answer?.body ?? ""), answer?.body).to.be.true;
      });

      it("gets 404 from the function without the secret path, and with a wrong one", async () => {
        const answers = await place.ask(
          wrongPaths.map((path) => question({ path })),
        );
        expect(answers.map(statusAndBody)).to.deep.equal(
          wrongPaths.map(() => notFound),
        );
      });

      it("finds neither metrics nor probes", async () => {
        const answers = await place.ask(
          ["/metrics", "/healthz", "/readyz"].map((path) =>
            question({ path, method: "GET" }),
          ),
        );
        expect(answers.map(statusAndBody)).to.deep.equal(
          answers.map(() => notFound),
        );
      });

      it("gets a redirect to TLS without TLS, also with the secret path", async () => {
        const paths = ["/mutate", api.path];
        const answers = await place.ask(
          paths.map((path) => question({ ...dryRun, scheme: "http", path })),
        );
        // Compared here, so that no failure prints the secret path.
        expect(
          answers.map(({ status, location }, index) => ({
            status,
            toTls: location === `https://${api.host}${paths[index]}`,
          })),
        ).to.deep.equal(paths.map(() => ({ status: 301, toTls: true })));
      });

      it("finds no other name of the function at the gateway", async () => {
        const [answer] = await place.ask([
          question({ ...dryRun, scheme: "http", host: internalName }),
        ]);
        expect(answer?.status, answer?.body).to.equal(404);
        expect(answer?.body, "of the gateway, not of the function").to.equal(
          "",
        );
      });
    });

  describe("by the names that Knative gives the function", () => {
    it("finds no public name of the function", async () => {
      const url = await kubectl(
        `get ksvc function --namespace ${ourNamespace} --output jsonpath={.status.url}`,
      );
      expect(url).to.equal(`http://${internalName}`);
    });

    it("gets 404 by the function's own name in the cluster too, except with the secret path", async () => {
      const inside = {
        scheme: "http",
        address: internalName,
        host: internalName,
      } as const;
      const [right, ...wrong] = await askFromPod("default", [
        question({ ...inside, ...dryRun }),
        ...wrongPaths.map((path) => question({ ...inside, path })),
      ]);
      expect(right?.status, right?.body).to.equal(200);
      expect(isPatched(right?.body ?? ""), right?.body).to.be.true;
      expect(wrong.map(statusAndBody)).to.deep.equal(
        wrongPaths.map(() => notFound),
      );
    });
  });

  describe("after all of this", () => {
    it("has created no claim", async () => {
      expect((await claimsIn("default")).length).to.equal(claimsBefore);
    });
  });
});

function statusAndBody({ status, body }: Answer): typeof notFound {
  return { status, body };
}

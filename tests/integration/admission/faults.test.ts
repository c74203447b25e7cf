import { expect } from "chai";
import { claimName } from "../../../functions/contract/claim-name.ts";
import { eventually } from "../../support/eventually.ts";
import type { Fault, ProxiedRequest } from "../../support/fault.ts";
import { startFunction } from "../../support/function-on.ts";
import {
  sharedControlPlane,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { aPodWith } from "../../support/pods-with-volumes.ts";
import { functionBehindProxy, isCreate, isDelete } from "./behind-proxy.ts";
import type { Answer } from "./behind-proxy.ts";

/** The time-out of the API server, in milliseconds. */
const TIMEOUT = 3_000;

/** Delays the answer after the work is done, as a busy server does. */
function slow(milliseconds: number): Fault {
  return {
    after: () => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}

/** Every create but the first that comes: those of the other claim. */
function laterCreate(): (request: ProxiedRequest) => boolean {
  let seen = 0;
  return (request) => isCreate(request) && (seen += 1) > 1;
}

describe("the function when the API server fails, is slow or rejects the claim", function () {
  this.timeout(60_000);
  const suite = functionBehindProxy();

  const passing: [name: string, fault: Fault, leastPauseMs?: number][] = [
    [
      "429 with Retry-After",
      { status: 429, headers: { "retry-after": "1" } },
      1_000,
    ],
    ["a connection that breaks after the create", { resetAfterWrite: true }],
    ["a create that is not answered", { hang: true }],
  ];
  for (const [name, fault, leastPauseMs = 0] of passing)
    it(`W12: creates one claim with two tries despite ${name}`, async () => {
      const namespace = await uniqueNamespace("passing");
      const arrivals: number[] = [];
      const before = (): unknown => arrivals.push(performance.now());
      suite.proxy.intercept(isCreate, { ...fault, before }, 1);
      suite.proxy.intercept(isCreate, { before });
      const requestUid = `over-${name}`;
      const answer = await suite.review(namespace, {
        requestUid,
        timeout: "6s",
      });
      expect(answer.status?.message).to.equal(undefined);
      expect(answer.allowed).to.equal(true);
      expect(await suite.claimNames(namespace)).to.deep.equal([
        claimName("web-5d4f8c7b9-", "cache", requestUid),
      ]);
      expect(arrivals).to.have.lengthOf(2);
      const [first = NaN, second = NaN] = arrivals;
      expect(second - first, "milliseconds between the creates").to.be.at.least(
        leastPauseMs,
      );
    });

  it("W12: answers before the time-out of the API server, whatever happens behind it", async () => {
    const cases: { fault: Fault; creates?: number }[] = [
      { fault: { hang: true } },
      { fault: { status: 503 } },
      // No create before the end of the pause that the API server asks for.
      { fault: { status: 429, headers: { "retry-after": "60" } }, creates: 1 },
    ];
    await Promise.all(
      cases.map(async ({ creates, fault }) => {
        const namespace = await uniqueNamespace("in-time");
        const created = suite.proxy.intercept(
          (request) => isCreate(request) && request.path.includes(namespace),
          fault,
        );
        const start = performance.now();
        const answer = await suite.review(namespace, { timeout: "2s" });
        expect(performance.now() - start).to.be.below(2_000);
        expect(answer.status?.code).to.equal(503);
        expect(answer.status?.message)
          .to.include("could not create PersistentVolumeClaim")
          .and.to.include("in time");
        expect(await suite.claimNames(namespace)).to.deep.equal([]);
        if (creates !== undefined) expect(created.hits).to.equal(creates);
      }),
    );
  });

  async function limitTo(namespace: string, claims: number): Promise<void> {
    await suite.core.createNamespacedResourceQuota({
      namespace,
      body: {
        metadata: { name: "small" },
        spec: { hard: { persistentvolumeclaims: String(claims) } },
      },
    });
    await eventually("the quota is counted", async () => {
      const { status } = await suite.core.readNamespacedResourceQuota({
        namespace,
        name: "small",
      });
      return status?.used?.["persistentvolumeclaims"] === "0";
    });
  }

  const two = aPodWith([{ name: "data" }, { name: "wal" }]);
  const cases: {
    quota?: number;
    faults: readonly Parameters<typeof suite.proxy.intercept>[];
    code: number;
    says: string;
  }[] = [
    {
      faults: [
        [laterCreate(), { hang: true }],
        [isDelete, slow(4_000)],
      ],
      code: 503,
      says: "in time",
    },
    {
      quota: 1,
      faults: [[isDelete, { status: 429, headers: { "retry-after": "2" } }, 1]],
      code: 403,
      says: "exceeded quota: small",
    },
  ];
  it("W12: answers a Pod with two claims before the time-out, with the reason, whatever is slow", async () => {
    await Promise.all(
      cases.map(async ({ code, faults, quota, says }) => {
        const namespace = await uniqueNamespace("late");
        if (quota !== undefined) await limitTo(namespace, quota);
        for (const [match, fault, times] of faults)
          suite.proxy.intercept(
            (request) => request.path.includes(namespace) && match(request),
            fault,
            times,
          );
        const start = performance.now();
        const { status } = await suite.review(namespace, {
          pod: two,
          timeout: `${TIMEOUT}ms`,
        });
        const took = performance.now() - start;
        expect(status?.code, status?.message).to.equal(code);
        expect(status?.message).to.include(says);
        expect(took, says).to.be.below(TIMEOUT);
        await eventually(
          "the claims are deleted after the answer",
          async () => (await suite.claimNames(namespace)).length === 0,
        );
      }),
    );
  });

  it("W2: gives the same answer to the same request delivered twice, with one claim", async () => {
    const namespace = await uniqueNamespace("twice");
    const answers: Answer[] = await Promise.all([
      suite.review(namespace, { requestUid: "same" }),
      suite.review(namespace, { requestUid: "same" }),
    ]);
    answers.push(await suite.review(namespace, { requestUid: "same" }));
    expect(answers[0]?.allowed).to.equal(true);
    expect(answers[1]).to.deep.equal(answers[0]);
    expect(answers[2]).to.deep.equal(answers[0]);
    expect(await suite.claimNames(namespace)).to.deep.equal([
      claimName("web-5d4f8c7b9-", "cache", "same"),
    ]);
  });

  it("W2: rejects the Pod when a claim with its name is of another request", async () => {
    const namespace = await uniqueNamespace("others");
    const [mine, other] = ["mine", "other"].map((uid) =>
      claimName("web-5d4f8c7b9-", "cache", uid),
    );
    await suite.review(namespace, { requestUid: "other" });
    const { metadata, spec } =
      await suite.core.readNamespacedPersistentVolumeClaim({
        namespace,
        name: other ?? "",
      });
    const { annotations = {}, labels = {} } = metadata ?? {};
    await suite.core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: mine ?? "", labels, annotations },
        ...(spec && { spec }),
      },
    });
    const { status } = await suite.review(namespace, { requestUid: "mine" });
    expect(status).to.have.property("code", 409);
    expect(status?.message).to.include(
      `${namespace}/${mine} that this request did not create exists already`,
    );
  });

  it("W11: passes on the message about missing rights", async () => {
    const namespace = await uniqueNamespace("powerless");
    const controlPlane = await sharedControlPlane();
    await suite.core.createNamespacedServiceAccount({
      namespace,
      body: { metadata: { name: "nobody" } },
    });
    const powerless = await startFunction(
      controlPlane,
      controlPlane.kubeconfigFor(
        await controlPlane.tokenFor(namespace, "nobody"),
      ),
    );
    try {
      const answer = await suite.review(namespace, { of: powerless });
      expect(answer.status?.message)
        .to.include("cannot create PersistentVolumeClaim")
        .and.to.include(`system:serviceaccount:${namespace}:nobody`);
    } finally {
      await powerless.stop();
    }
  });

  it("W11: rejects a Pod of a namespace that is being deleted", async () => {
    const namespace = await uniqueNamespace("terminating");
    await suite.core.createNamespacedConfigMap({
      namespace,
      body: {
        metadata: { name: "keeps-it", finalizers: ["example.com/stay"] },
      },
    });
    await suite.core.deleteNamespace({ name: namespace });
    const answer = await suite.review(namespace);
    expect(answer.status).to.have.property("code", 403);
    expect(answer.status?.message).to.include("because it is being terminated");
    await suite.core.replaceNamespacedConfigMap({
      namespace,
      name: "keeps-it",
      body: { metadata: { name: "keeps-it" } },
    });
  });

  it("W11: does not answer 404 for a namespace that does not exist", async () => {
    const answer = await suite.review("nowhere-at-all");
    expect(answer.status).to.have.property("code", 503);
    expect(answer.status?.message).to.match(
      /^cannot create PersistentVolumeClaim nowhere-at-all\/\S+: namespaces "nowhere-at-all" not found$/,
    );
  });
});

import { expect } from "chai";
import { claimName } from "../../../functions/contract/claim-name.ts";
import { eventually } from "../../support/eventually.ts";
import type { Fault, ProxiedRequest } from "../../support/fault.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { aPodWith } from "../templates/cases/volumes.ts";
import { functionBehindProxy, isCreate, isDelete } from "./behind-proxy.ts";

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

describe("the function when the API server fails or is slow", function () {
  this.timeout(60_000);
  const suite = functionBehindProxy();

  const passing: {
    name: string;
    fault: Fault;
    times: number;
    tries: number;
    /** Between the first two creates, when the API server asks for a pause. */
    leastPauseMs?: number;
  }[] = [
    {
      name: "429 with Retry-After",
      fault: { status: 429, headers: { "retry-after": "1" } },
      times: 1,
      tries: 2,
      leastPauseMs: 1_000,
    },
    {
      name: "a connection that breaks after the create",
      fault: { resetAfterWrite: true },
      times: 1,
      tries: 2,
    },
    {
      name: "a create that is not answered",
      fault: { hang: true },
      times: 1,
      tries: 2,
    },
  ];
  for (const { name, fault, times, tries, leastPauseMs } of passing) {
    it(`W12: creates one claim despite ${name}`, async () => {
      const namespace = await uniqueNamespace("passing");
      const arrivals: number[] = [];
      const before = (): unknown => arrivals.push(performance.now());
      suite.proxy.intercept(isCreate, { ...fault, before }, times);
      suite.proxy.intercept(isCreate, { before });
      const answer = await suite.review(namespace, {
        requestUid: `over-${name}`,
        timeout: "6s",
      });
      expect(answer.status?.message).to.equal(undefined);
      expect(answer.allowed).to.equal(true);
      expect(await suite.claimNames(namespace)).to.deep.equal([
        claimName("web-5d4f8c7b9-", "cache", `over-${name}`),
      ]);
      expect(
        suite.proxy.requests
          .filter(isCreate)
          .filter(({ path }) => path.includes(namespace)),
      ).to.have.lengthOf(tries);
      if (leastPauseMs === undefined) return;
      const [first = NaN, second = NaN] = arrivals;
      expect(
        second - first,
        "milliseconds between the first two creates",
      ).to.be.at.least(leastPauseMs);
    });
  }

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
        const answer = await suite.review(namespace, { timeout: "1s" });
        expect(performance.now() - start).to.be.below(1_000);
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
    name: string;
    quota?: number;
    faults: readonly [
      match: (request: ProxiedRequest) => boolean,
      fault: Fault,
      times?: number,
    ][];
    code: number;
    says: string;
  }[] = [
    {
      name: "the create of a claim hangs and the delete of the other is slow",
      faults: [
        [laterCreate(), { hang: true }],
        [isDelete, slow(4_000)],
      ],
      code: 503,
      says: "in time",
    },
    {
      name: "one claim is rejected and the delete of the other gets 429",
      quota: 1,
      faults: [[isDelete, { status: 429, headers: { "retry-after": "2" } }, 1]],
      code: 403,
      says: "exceeded quota: small",
    },
  ];
  it("W12: answers a Pod with two claims before the time-out, with the reason, whatever is slow", async () => {
    await Promise.all(
      cases.map(async ({ code, faults, name, quota, says }) => {
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
        expect(status?.code, `${name}: ${status?.message}`).to.equal(code);
        expect(status?.message, name).to.include(says);
        expect(took, name).to.be.below(TIMEOUT);
        await eventually(
          "the claims are deleted after the answer",
          async () => (await suite.claimNames(namespace)).length === 0,
        );
      }),
    );
  });

  it("W12: answers at once when one claim is rejected while the create of another hangs", async () => {
    const namespace = await uniqueNamespace("early");
    suite.proxy.intercept(isCreate, { status: 403 }, 1);
    suite.proxy.intercept(isCreate, { hang: true });
    const start = performance.now();
    const answer = await suite.review(namespace, { pod: two, timeout: "20s" });
    expect(answer.status).to.deep.include({ code: 403 });
    expect(performance.now() - start).to.be.below(2_000);
  });
});

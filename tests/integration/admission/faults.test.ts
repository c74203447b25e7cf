import { expect } from "chai";
import { claimName } from "../../../functions/contract/claim-name.ts";
import type { Fault } from "../../support/fault.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { functionBehindProxy, isCreate } from "./behind-proxy.ts";

describe("the function when the API server fails", function () {
  this.timeout(30_000);
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
});

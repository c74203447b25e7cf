import { request } from "node:https";
import { expect } from "chai";
import { claimName } from "../../../functions/contract/claim-name.ts";
import type { Fault } from "../../support/fault.ts";
import { startFunction } from "../../support/function-on.ts";
import {
  sharedControlPlane,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { functionBehindProxy, isCreate } from "./behind-proxy.ts";

describe("the function on an API server that fails", function () {
  this.timeout(30_000);
  const suite = functionBehindProxy();

  const passing: {
    name: string;
    fault: Fault;
    times: number;
    tries: number;
    /** Between the first two creates, where the API server asks for a pause. */
    leastPauseMs?: number;
  }[] = [
    {
      name: "429 with Retry-After",
      fault: { status: 429, headers: { "retry-after": "1" } },
      times: 1,
      tries: 2,
      leastPauseMs: 1_000,
    },
    { name: "500 twice", fault: { status: 500 }, times: 2, tries: 3 },
    { name: "503", fault: { status: 503 }, times: 1, tries: 2 },
    {
      name: "a reset before the write",
      fault: { resetBefore: true },
      times: 2,
      tries: 3,
    },
    {
      name: "a reset after the write was done",
      fault: { resetAfterWrite: true },
      times: 1,
      tries: 2,
    },
    {
      name: "an answer that never comes",
      fault: { hang: true },
      times: 1,
      tries: 2,
    },
    {
      name: "a write that is done but answered with nothing",
      fault: {
        after: () => new Promise((resolve) => setTimeout(resolve, 4_000)),
      },
      times: 1,
      tries: 2,
    },
  ];
  for (const { name, fault, times, tries, leastPauseMs } of passing) {
    it(`W12: gets over ${name} with one claim`, async () => {
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

  it("W12: answers inside the time-out that the API server gave, whatever happens behind it", async () => {
    const cases = ["1s", "2s"].flatMap((timeout) =>
      [
        { fault: { hang: true } },
        { fault: { status: 503 } },
        {
          fault: { status: 429, headers: { "retry-after": "60" } },
          tries: 1,
        },
      ].map(({ fault, tries }) => ({ timeout, fault, tries })),
    );
    for (const { timeout, fault, tries } of cases) {
      const namespace = await uniqueNamespace("in-time");
      suite.proxy.reset();
      const creates = suite.proxy.intercept(isCreate, fault);
      const start = performance.now();
      const answer = await suite.review(namespace, { timeout });
      expect(performance.now() - start).to.be.below(
        Number.parseInt(timeout, 10) * 1_000,
      );
      expect(answer.allowed).to.equal(false);
      expect(answer.status?.code).to.equal(503);
      expect(answer.status?.message)
        .to.include("could not create PersistentVolumeClaim")
        .and.to.include("in time");
      expect(await suite.claimNames(namespace)).to.deep.equal([]);
      if (tries === undefined) continue;
      expect(
        creates.hits,
        "no create before the end of the pause that the API server asks for",
      ).to.equal(tries);
    }
  });

  it("is not ready, and says why, while the API server is away, and recovers by itself", async () => {
    const controlPlane = await sharedControlPlane();
    const fresh = await startFunction(
      controlPlane,
      suite.proxy.kubeconfigFor(controlPlane.adminToken),
    );
    const ready = (): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        request(
          `https://127.0.0.1:${fresh.port}/readyz`,
          { ca: fresh.caPem },
          (incoming) => {
            let text = "";
            incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
            incoming.on("end", () =>
              resolve({ status: incoming.statusCode ?? 0, text }),
            );
          },
        )
          .on("error", reject)
          .end();
      });
    const away: { fault: Fault; why: string }[] = [
      { fault: { status: 401 }, why: "injected by the test" },
      { fault: { resetBefore: true }, why: "/version" },
      { fault: { hang: true }, why: "no answer in time" },
    ];
    try {
      for (const { fault, why } of away) {
        suite.proxy.reset();
        const asked = suite.proxy.intercept(() => true, fault);
        for (const probe of [1, 2, 3]) {
          const { status, text } = await ready();
          expect(status).to.equal(503);
          expect(text)
            .to.include("the API server cannot be used")
            .and.to.include(why);
          expect(asked.hits, "each probe asks anew").to.equal(probe);
        }
      }
      suite.proxy.reset();
      expect(await ready()).to.deep.equal({ status: 200, text: "ok\n" });
    } finally {
      await fresh.stop();
    }
  });
});

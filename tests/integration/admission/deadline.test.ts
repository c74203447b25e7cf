import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import type { Fault, ProxiedRequest } from "../../support/fault.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { functionBehindProxy, isCreate, isDelete } from "./behind-proxy.ts";
import { aPodWith } from "../templates/cases/volumes.ts";

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

describe("the time in which the function answers on a slow API server", function () {
  this.timeout(60_000);
  const suite = functionBehindProxy();

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
  it("W12: is shorter than the time-out, and the answer has the reason, whatever is slow", async () => {
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

  it("W12: is short when one claim is rejected while the create of another hangs", async () => {
    const namespace = await uniqueNamespace("early");
    suite.proxy.intercept(isCreate, { status: 403 }, 1);
    suite.proxy.intercept(isCreate, { hang: true });
    const start = performance.now();
    const answer = await suite.review(namespace, { pod: two, timeout: "20s" });
    expect(answer.status).to.deep.include({ code: 403 });
    expect(performance.now() - start).to.be.below(2_000);
  });
});

import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import type { Fault, ProxiedRequest } from "../../support/fault.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { functionBehindProxy, isCreate, isDelete } from "./behind-proxy.ts";
import { aPodWith } from "../templates/cases/volumes.ts";

/** What the API server grants, and what the function keeps of it for the answer's way, in milliseconds. */
const TIMEOUT = 3_000;
const MARGIN = 500;

/** Holds the answer back when the work is done, as a busy server does. */
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
    faults: readonly [(request: ProxiedRequest) => boolean, Fault][];
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
      name: "a create hangs and the delete of the other never gets through",
      faults: [
        [laterCreate(), { hang: true }],
        [isDelete, { hang: true }],
      ],
      code: 503,
      says: "in time",
    },
    {
      name: "every create is done late",
      faults: [[isCreate, slow(2_900)]],
      code: 503,
      says: "in time",
    },
    {
      name: "one claim is refused and the delete of the other is slow",
      quota: 1,
      faults: [[isDelete, slow(2_000)]],
      code: 403,
      says: "exceeded quota: small",
    },
    {
      name: "one claim is refused while the delete of the other is refused for now",
      quota: 1,
      faults: [[isDelete, { status: 429, headers: { "retry-after": "2" } }]],
      code: 403,
      says: "exceeded quota: small",
    },
  ];
  for (const { code, faults, name, quota, says } of cases)
    it(`W12: is the time-out less the margin, with our words, when ${name}`, async () => {
      const namespace = await uniqueNamespace("late");
      if (quota !== undefined) await limitTo(namespace, quota);
      for (const [match, fault] of faults)
        suite.proxy.intercept(
          (request) => request.path.includes(namespace) && match(request),
          fault,
        );
      const start = performance.now();
      const answer = await suite.review(namespace, {
        pod: two,
        timeout: `${TIMEOUT}ms`,
      });
      const took = performance.now() - start;
      expect(answer.status?.code, answer.status?.message).to.equal(code);
      expect(answer.status?.message).to.include(says);
      expect(took).to.be.below(TIMEOUT - MARGIN + 100);
      suite.proxy.reset();
      await eventually(
        "what was made is taken back after the answer",
        async () => (await suite.claimNames(namespace)).length === 0,
      );
    });

  it("W12: is not the whole of it when one claim is refused while the create of another hangs", async () => {
    const namespace = await uniqueNamespace("early");
    suite.proxy.intercept(isCreate, { status: 403 }, 1);
    suite.proxy.intercept(isCreate, { hang: true });
    const start = performance.now();
    const answer = await suite.review(namespace, { pod: two, timeout: "20s" });
    expect(answer.status).to.deep.include({ code: 403 });
    expect(performance.now() - start).to.be.below(2_000);
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { createHandler } from "../../../functions/admission/handler.ts";
import type { AdmissionResponse } from "../../../functions/admission/response.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import { ClaimRefusedError } from "../../../functions/claim/refused.ts";
import type { Claims } from "../../../functions/claim/claims.ts";
import type { DataSources } from "../../../functions/claim/data-sources.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import {
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_TEMPLATES,
} from "../../../functions/contract/keys.ts";
import { aPod, aRequest } from "../../support/builders.ts";

/** Of the whole admission, in milliseconds. */
const TIME = 600;
/** For timers, which on a busy machine come late. */
const SLACK = 150;

/** What becomes of one claim; times in milliseconds. */
interface Fate {
  readonly lookUp: number;
  readonly create: number;
  /** It is lost when the claim is there, but nobody is told. */
  readonly end: "made" | "found" | "refused" | "lost" | "bug";
  readonly remove: number;
}

const time = fc.oneof(
  fc.nat(40),
  fc.nat(TIME),
  fc.integer({ min: TIME, max: 2 * TIME }),
);
const fate: fc.Arbitrary<Fate> = fc.record({
  lookUp: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, time),
  create: time,
  end: fc.constantFrom("made", "made", "found", "refused", "lost", "bug"),
  remove: time,
});

/** A single claim has a source that is looked up before; the full form names a source without a look-up. */
function podWith(count: number): ReturnType<typeof aPod> {
  if (count === 1)
    return aPod({
      annotations: {
        [TEMPLATE_NAME]: "v0",
        [TEMPLATE_STORAGE]: "1Gi",
        [TEMPLATE_DATA_SOURCE]: "PersistentVolumeClaim/seed",
      },
      volumes: [{ name: "v0", emptyDir: {} }],
      mounts: ["v0"],
    });
  const names = Array.from({ length: count }, (_, index) => `v${index}`);
  return aPod({
    annotations: {
      [TEMPLATE_TEMPLATES]: JSON.stringify(
        names.map((name) => ({
          metadata: { name },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
            dataSource: { kind: "PersistentVolumeClaim", name: "seed" },
          },
        })),
      ),
    },
    volumes: names.map((name) => ({ name, emptyDir: {} })),
    mounts: names,
  });
}

interface Outcome {
  readonly fates: readonly Fate[];
  /** Undefined for a fault of our own. */
  readonly response: AdmissionResponse | undefined;
  /** Milliseconds. */
  readonly took: number;
  /** Claims that this request made and that are still there when everything has ended. */
  readonly left: number;
  readonly lookUps: number;
}

/** Handles a Pod with a claim for each of `fates`, on ports that heed no deadline at all. */
async function handled(fates: readonly Fate[]): Promise<Outcome> {
  const there = new Set<number>();
  const fateOf = ({ metadata }: ClaimManifest): [number, Fate] => {
    const volume = metadata.labels["volume-claim-template/name"] ?? "";
    const index = Number(volume.slice(1));
    const found = fates[index];
    if (found === undefined) throw new Error(`no fate for ${volume}`);
    return [index, found];
  };
  const claims: Claims = {
    async getOrCreate(manifest) {
      const [index, { create, end }] = fateOf(manifest);
      await sleep(create);
      if (end === "refused")
        throw new ClaimRefusedError(403, "Forbidden", "exceeded quota: small");
      if (end === "bug") throw new TypeError("a bug");
      if (end !== "found") there.add(index);
      if (end === "lost")
        throw new ClaimRefusedError(503, "ServiceUnavailable", "no answer", {
          mayExist: true,
        });
      const made = end === "made";
      return { manifest, uid: `uid-${index}`, created: made, warnings: [] };
    },
    async remove({ manifest }) {
      const [index, { remove }] = fateOf(manifest);
      await sleep(remove);
      there.delete(index);
    },
  };
  let lookUps = 0;
  const sources: DataSources = {
    async resolve(manifest) {
      lookUps += 1;
      await sleep(fateOf(manifest)[1].lookUp);
      return manifest;
    },
  };
  const afterwards: Promise<unknown>[] = [];
  const handler = createHandler({
    claims,
    sources,
    log: createLogger("error", () => {}),
    afterAnswer: (work) => afterwards.push(work),
  });
  const start = performance.now();
  const response = await handler(
    aRequest(podWith(fates.length)),
    start + TIME,
  ).catch((error: unknown) => {
    if (error instanceof TypeError) return undefined;
    throw error;
  });
  const took = performance.now() - start;
  await Promise.all(afterwards);
  return { fates, response, took, left: there.size, lookUps };
}

describe("the answer to a Pod whose claims take their time", function () {
  this.timeout(30_000);

  it("comes by the deadline whatever look-ups, creates and deletes take, and a refused Pod leaves nothing in the end", async () => {
    // The first one loads what plans a Pod.
    await handled([{ lookUp: 0, create: 0, end: "made", remove: 0 }]);
    const outcomes: Outcome[] = [];
    // Side by side, but not so many that they would hold each other up.
    for (let round = 0; round < 5; round += 1) {
      const some = fc.sample(
        fc.array(fate, { minLength: 1, maxLength: 4 }),
        25,
      );
      const ended = await Promise.all(some.map(handled));
      outcomes.push(...ended);
    }
    const kinds = new Set<unknown>();
    for (const { fates, response, took, left, lookUps } of outcomes) {
      expect(lookUps).to.equal(fates.length === 1 ? 1 : 0);
      const told = JSON.stringify({ fates, response });
      kinds.add(response?.code ?? response?.allowed);
      expect(took, told).to.be.below(TIME + SLACK);
      if (response?.allowed === true)
        expect(left, told).to.equal(
          fates.filter(({ end }) => end === "made").length,
        );
      else expect(left, told).to.equal(0);
    }
    // Each kind of answer has been seen: yes, no for good, no for now, and a fault of our own.
    expect([...kinds]).to.have.members([true, 403, 503, undefined]);
  });

  it("does not wait for a claim that hangs when another is refused", async () => {
    const quick = { lookUp: 0, create: 5, remove: 5 };
    const { response, took, left } = await handled([
      { ...quick, end: "refused" },
      { ...quick, end: "made", create: 2 * TIME },
    ]);
    expect(response?.reason).to.equal("exceeded quota: small");
    // It has been given half a second, or what is left beside the time for the rollback.
    expect(took).to.be.below(TIME - 50);
    expect(left).to.equal(0);
  });

  it("leaves time to delete what is there when another claim is not created in time", async () => {
    const quick = { lookUp: 0, create: 5, remove: 50 };
    const { took, response } = await handled([
      { ...quick, end: "made" },
      { ...quick, end: "made", create: 2 * TIME },
    ]);
    expect(response?.code).to.equal(503);
    expect(response?.reason).to.match(
      /^could not create PersistentVolumeClaim shop\/\S+ in time; create the Pod again$/,
    );
    expect(took)
      .to.be.above(0.75 * TIME)
      .and.below(TIME);
  });
});

import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { createHandler } from "../../../functions/admission/handler.ts";
import type { AdmissionResponse } from "../../../functions/admission/response.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import { ClaimRefusedError } from "../../../functions/claim/refused.ts";
import type { Claims } from "../../../functions/claim/claims.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import { aPod, aRequest } from "../../support/builders.ts";
import { noSources } from "../../support/no-sources.ts";

const VOLUMES = ["data", "wal", "log"];

const pod = aPod({
  annotations: {
    [TEMPLATE_TEMPLATES]: JSON.stringify(
      VOLUMES.map((name) => ({
        metadata: { name },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      })),
    ),
  },
  volumes: VOLUMES.map((name) => ({ name, emptyDir: {} })),
  mounts: VOLUMES,
});

/** What becomes of the create of a volume's claim: an error, or whether this call made it. */
type Outcome = Error | boolean;

function volumeOf({ metadata }: ClaimManifest): string {
  return metadata.labels["volume-claim-template/name"] ?? "";
}

/** Handles the Pod with claims in memory; `left` are the claims that are there afterwards, by volume. */
async function handled(
  outcomes: Readonly<Record<string, Outcome>>,
  { removeFails = false } = {},
): Promise<{
  response: AdmissionResponse | undefined;
  thrown: unknown;
  left: string[];
  warnings: string[];
}> {
  const left = new Set<string>();
  const warnings: string[] = [];
  const claims: Claims = {
    getOrCreate: async (manifest) => {
      const volume = volumeOf(manifest);
      const outcome = outcomes[volume] ?? true;
      // A refusal is quick and a create is slow: what is still under way has to be deleted, too.
      if (outcome instanceof Error) throw outcome;
      await setTimeout(5);
      left.add(volume);
      return { manifest, uid: `uid-${volume}`, created: outcome, warnings: [] };
    },
    remove: ({ manifest }) => {
      if (removeFails) return Promise.reject(new Error("the API is away"));
      left.delete(volumeOf(manifest));
      return Promise.resolve();
    },
  };
  const log = createLogger("warn", (line) => warnings.push(line));
  try {
    const response = await createHandler({ claims, sources: noSources, log })(
      aRequest(pod),
      performance.now() + 1_000,
    );
    return { response, thrown: undefined, left: [...left], warnings };
  } catch (thrown) {
    return { response: undefined, thrown, left: [...left], warnings };
  }
}

const quota = new ClaimRefusedError(403, "Forbidden", "exceeded quota: small");
const away = new ClaimRefusedError(503, "ServiceUnavailable", "not in time");

describe("a Pod with several claims", () => {
  it("is allowed when all of them are there, and says which", async () => {
    const { response, left } = await handled({});
    expect(response?.allowed).to.equal(true);
    expect(left).to.have.members(VOLUMES);
    expect(response?.auditAnnotations?.["claims"]?.split(",")).to.have.lengthOf(
      3,
    );
  });

  for (const refused of VOLUMES)
    it(`W11: leaves none of them when that of ${refused} is refused`, async () => {
      const { response, left } = await handled({ [refused]: quota });
      expect(left).to.deep.equal([]);
      expect(response).to.deep.equal({
        allowed: false,
        code: 403,
        statusReason: "Forbidden",
        reason: "exceeded quota: small",
      });
    });

  it("W2: leaves the claim of an earlier delivery of the request alone", async () => {
    const { left } = await handled({ data: false, log: quota });
    expect(left).to.deep.equal(["data"]);
  });

  it("says what is wrong with each, with the status of one that another try would not change", async () => {
    const { response, left } = await handled({ data: away, wal: quota });
    expect(left).to.deep.equal([]);
    expect(response).to.deep.equal({
      allowed: false,
      code: 403,
      statusReason: "Forbidden",
      reason: "not in time; exceeded quota: small",
    });
  });

  it("leaves none of them for a fault of our own, which the server answers for", async () => {
    const bug = new TypeError("a bug");
    const { thrown, left } = await handled({ data: quota, log: bug });
    expect(thrown).to.equal(bug);
    expect(left).to.deep.equal([]);
  });

  it("answers with the reason, and tells the log, when the rollback fails", async () => {
    const { response, left, warnings } = await handled(
      { wal: quota },
      { removeFails: true },
    );
    expect(response?.reason).to.equal("exceeded quota: small");
    expect(left).to.have.members(["data", "log"]);
    expect(warnings).to.have.lengthOf(2);
    expect(warnings[0]).to.include("the janitor will");
  });

  it("W2: a request delivered twice: the second delivery waits until the first one has taken its claims back, and finds none that goes", async () => {
    const there = new Set<string>();
    const events: string[] = [];
    let refused = false;
    const claims: Claims = {
      getOrCreate: async (manifest) => {
        const volume = volumeOf(manifest);
        if (volume === "wal" && !refused) {
          refused = true;
          throw quota;
        }
        await setTimeout(5);
        const made = !there.has(volume);
        there.add(volume);
        events.push(`${made ? "made" : "found"} ${volume}`);
        return { manifest, uid: `uid-${volume}`, created: made, warnings: [] };
      },
      remove: async ({ manifest }) => {
        const volume = volumeOf(manifest);
        await setTimeout(50);
        there.delete(volume);
        events.push(`took back ${volume}`);
      },
    };
    const handler = createHandler({
      claims,
      sources: noSources,
      log: createLogger("error", () => {}),
    });
    const deliver = async (): Promise<AdmissionResponse> =>
      await handler(aRequest(pod), performance.now() + 1_000);

    const first = deliver();
    // Its claims are there, and are being deleted.
    await setTimeout(30);
    const second = await deliver();

    expect((await first).code).to.equal(403);
    expect(second.allowed).to.equal(true);
    expect([...there].toSorted()).to.deep.equal(VOLUMES.toSorted());
    expect(events.filter((event) => event.startsWith("found"))).to.deep.equal(
      [],
    );
  });

  it("W2: a second delivery does not wait beyond its own deadline for the first one", async () => {
    const never = new Promise<never>(() => {});
    const handler = createHandler({
      claims: { getOrCreate: () => never, remove: () => never },
      sources: noSources,
      log: createLogger("error", () => {}),
    });
    void handler(aRequest(pod), performance.now() + 5_000);
    await setTimeout(5);
    const start = performance.now();
    const second = await handler(aRequest(pod), start + 100);

    expect(performance.now() - start).to.be.lessThan(1_000);
    expect(second.code).to.equal(503);
    expect(second.reason).to.include("an earlier delivery of this request");
  });
});

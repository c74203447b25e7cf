import { expect } from "chai";
import { createHandler } from "../../../functions/admission/handler.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import { ClaimRefusedError } from "../../../functions/claim/refused.ts";
import type { Claims } from "../../../functions/claim/claims.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";
import { noSources } from "../../support/no-sources.ts";

/** Claims in memory, which note every write in its order. */
function claimsInMemory(
  over: Partial<Claims> = {},
): Claims & { readonly writes: string[] } {
  const writes: string[] = [];
  return {
    writes,
    getOrCreate: (manifest: ClaimManifest) => {
      writes.push(
        `create ${manifest.metadata.namespace}/${manifest.spec.resources.requests.storage}`,
      );
      return Promise.resolve({
        manifest,
        uid: "uid-1",
        created: true,
        warnings: [],
      });
    },
    remove: ({ uid }) => {
      writes.push(`remove ${uid}`);
      return Promise.resolve();
    },
    ...over,
  };
}

const silent = createLogger("error", () => {});
const deadline = (): number => performance.now() + 1_000;

describe("createHandler", () => {
  it("creates the claim and answers with the patch", async () => {
    const claims = claimsInMemory();
    const response = await createHandler({
      claims,
      sources: noSources,
      log: silent,
    })(aRequest(aPod()), deadline());
    expect(claims.writes).to.deep.equal(["create shop/1Gi"]);
    expect(response.allowed).to.equal(true);
    expect(response.patch).to.have.length.above(0);
    expect(response.reason).to.match(/^created web-5d4f8c7b9-cache-/);
    expect(response.auditAnnotations?.["claims"]).to.match(
      /^web-5d4f8c7b9-cache-/,
    );
  });

  it("W6: writes nothing in a dry run and gives the same patch", async () => {
    const claims = claimsInMemory();
    const handler = createHandler({ claims, sources: noSources, log: silent });
    const dry = await handler(aRequest(aPod(), { dryRun: true }), deadline());
    expect(claims.writes).to.deep.equal([]);
    expect(dry.patch).to.deep.equal(
      (await handler(aRequest(aPod()), deadline())).patch,
    );
  });

  it("W9: refuses with every problem and before any write", async () => {
    const claims = claimsInMemory();
    const annotations = {
      ...cacheAnnotations,
      "volume-claim-template/storage": "0",
      "volume-claim-template/typo": "x",
    };
    const response = await createHandler({
      claims,
      sources: noSources,
      log: silent,
    })(aRequest(aPod({ annotations })), deadline());
    expect(claims.writes).to.deep.equal([]);
    expect(response).to.deep.include({
      allowed: false,
      code: 422,
      statusReason: "Invalid",
    });
    expect(response.reason)
      .to.include("volume-claim-template/storage")
      .and.to.include("volume-claim-template/typo");
  });

  it("W11: passes on the status and the words with which a claim was refused", async () => {
    const claims = claimsInMemory({
      getOrCreate: () =>
        Promise.reject(
          new ClaimRefusedError(403, "Forbidden", "exceeded quota: small"),
        ),
    });
    const response = await createHandler({
      claims,
      sources: noSources,
      log: silent,
    })(aRequest(aPod()), deadline());
    expect(response).to.deep.equal({
      allowed: false,
      code: 403,
      statusReason: "Forbidden",
      reason: "exceeded quota: small",
    });
    expect(claims.writes).to.deep.equal([]);
  });

  it("lets a fault of our own through to the server, which answers for it", async () => {
    const claims = claimsInMemory({
      getOrCreate: () => Promise.reject(new TypeError("a bug")),
    });
    const outcome = await createHandler({
      claims,
      sources: noSources,
      log: silent,
    })(aRequest(aPod()), deadline()).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(TypeError);
  });
});

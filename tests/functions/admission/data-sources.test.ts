import { expect } from "chai";
import { createHandler } from "../../../functions/admission/handler.ts";
import type { AdmissionResponse } from "../../../functions/admission/response.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import { ClaimRefusedError } from "../../../functions/claim/refused.ts";
import type { Claims } from "../../../functions/claim/claims.ts";
import type { DataSources } from "../../../functions/claim/data-sources.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { TEMPLATE_DATA_SOURCE } from "../../../functions/contract/keys.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";

const pod = aPod({
  annotations: {
    ...cacheAnnotations,
    [TEMPLATE_DATA_SOURCE]: "VolumeSnapshot?app=orders",
  },
});

/** Handles the Pod with a lookup that finds the snapshot `newest`, or fails with it; `made` are the claims that it created. */
async function handled(
  newest: string | Error,
  { dryRun = false } = {},
): Promise<{
  response: AdmissionResponse;
  made: readonly ClaimManifest[];
  looked: readonly string[];
}> {
  const made: ClaimManifest[] = [];
  const looked: string[] = [];
  const claims: Claims = {
    getOrCreate: (manifest) => {
      made.push(manifest);
      return Promise.resolve({
        manifest,
        uid: "uid-1",
        created: true,
        warnings: [],
      });
    },
    remove: () => Promise.reject(new Error("there is nothing to remove")),
  };
  const sources: DataSources = {
    resolve: (claim, { text }) => {
      looked.push(text);
      if (newest instanceof Error) return Promise.reject(newest);
      const dataSource = { kind: "VolumeSnapshot", name: newest };
      return Promise.resolve({ ...claim, spec: { ...claim.spec, dataSource } });
    },
  };
  const log = createLogger("error", () => {});
  const response = await createHandler({ claims, sources, log })(
    aRequest(pod, { dryRun }),
    performance.now() + 1_000,
  );
  return { response, made, looked };
}

const missing = new ClaimRefusedError(422, "Invalid", "there is none");

describe("a Pod whose volume starts from a source", () => {
  it("has a claim that names what was found", async () => {
    const { response, made } = await handled("nightly-7");
    expect(response.allowed).to.equal(true);
    expect(made.map(({ spec }) => spec.dataSource?.name)).to.deep.equal([
      "nightly-7",
    ]);
  });

  it("W2: is answered alike when another snapshot has become the newest meanwhile", async () => {
    const first = await handled("nightly-7");
    const second = await handled("nightly-8");
    expect(second.response).to.deep.equal(first.response);
    expect(second.made[0]?.metadata.name).to.equal(
      first.made[0]?.metadata.name,
    );
  });

  for (const dryRun of [false, true])
    it(`W9: is refused with the reason and before any write${dryRun ? ", in a dry run too" : ""}`, async () => {
      const { response, made } = await handled(missing, { dryRun });
      expect(made).to.deep.equal([]);
      expect(response).to.deep.equal({
        allowed: false,
        code: 422,
        statusReason: "Invalid",
        reason: "there is none",
      });
    });

  it("W6: is looked up in a dry run, and nothing is written", async () => {
    const { response, made, looked } = await handled("nightly-7", {
      dryRun: true,
    });
    expect(looked).to.deep.equal(["VolumeSnapshot?app=orders"]);
    expect(made).to.deep.equal([]);
    expect(response.patch).to.deep.equal(
      (await handled("nightly-7")).response.patch,
    );
  });

  it("lets a fault of our own through to the server, which answers for it", async () => {
    const bug = new TypeError("a bug");
    expect(await handled(bug).catch((error: unknown) => error)).to.equal(bug);
  });
});

import { expect } from "chai";
import { createHandler } from "../../../functions/admission/handler.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import { REQUESTED_AT_ANNOTATION } from "../../../functions/contract/keys.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { admit } from "./unchecked-admission.ts";
import type { Review } from "./unchecked-admission.ts";

const notAsked = (): Promise<never> => Promise.reject(new Error("not asked"));

/** What the function sends and answers. */
async function ofFunction(): Promise<[unknown, unknown]> {
  let claim: ClaimManifest | undefined;
  const handler = createHandler({
    claims: {
      getOrCreate(manifest) {
        claim = manifest;
        return Promise.resolve({
          manifest,
          uid: "1",
          created: true,
          warnings: [],
        });
      },
      remove: notAsked,
    },
    sources: { resolve: notAsked },
    pools: {
      obtain: notAsked,
      obtainNamed: notAsked,
      release: notAsked,
      surplus: notAsked,
    },
    log: createLogger("error", () => undefined),
  });
  const { patch } = await handler(aRequest(aPod()), performance.now() + 10_000);
  return [claim, patch];
}

/** What the bare handlers send and answer. */
async function ofBareHandler(): Promise<[unknown, unknown]> {
  let claim: unknown;
  const answer = (await admit(
    aReview(aRequest(aPod())) as Review,
    (_namespace, manifest) => {
      claim = manifest;
      return Promise.resolve();
    },
  )) as { response: { patch: string } };
  const patch = Buffer.from(answer.response.patch, "base64").toString();
  return [claim, JSON.parse(patch)];
}

/** Without what differs from call to call: the name of the claim, and the time. */
function unnamed([claim, patch]: [unknown, unknown]): unknown {
  const { metadata } = claim as ClaimManifest;
  const text = JSON.stringify({ claim, patch })
    .replaceAll(metadata.name, "NAME")
    .replaceAll(metadata.annotations[REQUESTED_AT_ANNOTATION] ?? "", "TIME");
  return JSON.parse(text);
}

describe("the bare handlers of the benchmarks", () => {
  it("create the claim of the function and answer with its patch", async () => {
    expect(unnamed(await ofBareHandler())).to.deep.equal(
      unnamed(await ofFunction()),
    );
  });
});

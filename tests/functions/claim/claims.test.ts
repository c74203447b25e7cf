import { expect } from "chai";
import fc from "fast-check";
import { claimsOn } from "../../../functions/claim/claims.ts";
import type { FoundOrCreatedClaim } from "../../../functions/claim/claims.ts";
import {
  answerForPod,
  ClaimRefusedError,
} from "../../../functions/claim/refused.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiRequest } from "../../../functions/kubernetes/api-server.ts";
import { claimOf } from "./claim-of.ts";

const manifest = claimOf("1Gi");
const created = { ...manifest, metadata: { ...manifest.metadata, uid: "u1" } };
const goneSoon = {
  ...created,
  metadata: { ...created.metadata, deletionTimestamp: "2026-01-31T03:00:00Z" },
};
const exists = new ApiStatusError(409, "already exists", {
  reason: "AlreadyExists",
});
const notFound = new ApiStatusError(404, "not found", { reason: "NotFound" });
const unreachable = new ApiUnreachableError("reset");

/** An API server that gives these answers, the last one again and again. */
function answering(...answers: readonly unknown[]): {
  api: Parameters<typeof claimsOn>[0];
  requests: ApiRequest[];
  methods: () => string;
} {
  const requests: ApiRequest[] = [];
  return {
    requests,
    methods: () => requests.map(({ method }) => method).join(" "),
    api: (request) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(request);
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve({ status: 200, body: answer, serverTime: 0 });
    },
  };
}

async function ensured(
  milliseconds: number,
  api: Parameters<typeof claimsOn>[0],
  givenUp?: AbortSignal,
): Promise<FoundOrCreatedClaim | ClaimRefusedError> {
  try {
    const deadline = performance.now() + milliseconds;
    return await claimsOn(api).getOrCreate(manifest, deadline, givenUp);
  } catch (error) {
    if (!(error instanceof ClaimRefusedError)) throw error;
    return error;
  }
}

describe("claimsOn", () => {
  it("creates the claim again when its name was taken and is free by the time it is read", async () => {
    const { api, methods } = answering(exists, notFound, created);
    expect(await ensured(1_000, api)).to.deep.include({
      uid: "u1",
      created: true,
    });
    expect(methods()).to.equal("POST GET POST");
  });

  it("waits for a claim of this request that is on its way out, and creates it again", async () => {
    const { api, methods } = answering(
      exists,
      goneSoon,
      goneSoon,
      notFound,
      created,
    );
    expect(await ensured(2_000, api)).to.deep.include({
      uid: "u1",
      created: true,
    });
    expect(methods()).to.equal("POST GET GET GET POST");
  });

  it("gives up, in words, when somebody deletes the claim as often as it is made", async () => {
    const answers = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? exists : notFound,
    );
    const { api, requests } = answering(...answers);
    expect(await ensured(5_000, api)).to.include({
      status: 503,
      message:
        "somebody deletes PersistentVolumeClaim shop/web-data-0 as often as it is made",
    });
    expect(requests).to.have.lengthOf(14);
  });

  it("sends nothing when there is no time left, and nothing more once it is given up", async () => {
    const late = answering(created);
    const outcome = await ensured(0, late.api);
    expect(outcome).to.include({ status: 503, mayExist: false });
    expect(late.requests).to.deep.equal([]);

    const givenUp = new AbortController();
    const { api, requests } = answering(unreachable);
    const asked = ensured(5_000, api, givenUp.signal);
    givenUp.abort();
    expect(await asked).to.include({ status: 503, mayExist: true });
    expect(requests).to.have.lengthOf(1);
  });

  it("says that the claim may exist when the answer to a create was lost and another try is refused", async () => {
    const quota = new ApiStatusError(403, "exceeded quota: small");
    const { api } = answering(unreachable, quota);
    expect(await ensured(2_000, api)).to.include({
      status: 403,
      mayExist: true,
    });
  });

  it("hands on what the API server warns of", async () => {
    const outcome = await ensured(1_000, () =>
      Promise.resolve({
        status: 201,
        body: created,
        serverTime: 0,
        warnings: ["fractional"],
      }),
    );
    expect(outcome).to.deep.include({ warnings: ["fractional"] });
  });

  describe("remove", () => {
    const unwanted = { manifest, uid: "u1" };

    it("asks again as long as there is time, and no longer", async () => {
      const again = answering(unreachable, unreachable, {});
      await claimsOn(again.api).remove(unwanted, performance.now() + 2_000);
      expect(again.methods()).to.equal("DELETE DELETE DELETE");

      const start = performance.now();
      const never = answering(unreachable);
      const outcome = await claimsOn(never.api)
        .remove(unwanted, start + 300)
        .catch((error: unknown) => error);
      expect(outcome).to.equal(unreachable);
      expect(performance.now() - start).to.be.below(400);
    });

    it("finds out the uid of a claim whose create was never answered", async () => {
      const { api, requests } = answering(created, {});
      await claimsOn(api).remove({ manifest }, performance.now() + 1_000);
      expect(requests.map(({ method }) => method)).to.deep.equal([
        "GET",
        "DELETE",
      ]);
      expect(requests[1]?.body).to.have.deep.property("preconditions", {
        uid: "u1",
      });
    });

    for (const { name, found } of [
      { name: "there is none", found: notFound },
      {
        name: "another request made it",
        found: {
          metadata: {
            ...created.metadata,
            annotations: { "volume-claim/request-uid": "another" },
          },
        },
      },
    ])
      it(`deletes nothing when ${name}`, async () => {
        const { api, methods } = answering(found);
        await claimsOn(api).remove({ manifest }, performance.now() + 1_000);
        expect(methods()).to.equal("GET");
      });
  });

  describe("what whoever creates the Pod is answered", () => {
    const table: { of: number; status: number; reason: string }[] = [
      { of: 400, status: 422, reason: "Invalid" },
      { of: 401, status: 503, reason: "ServiceUnavailable" },
      { of: 402, status: 503, reason: "ServiceUnavailable" },
      { of: 403, status: 403, reason: "Forbidden" },
      { of: 404, status: 503, reason: "ServiceUnavailable" },
      { of: 405, status: 503, reason: "ServiceUnavailable" },
      { of: 406, status: 503, reason: "ServiceUnavailable" },
      { of: 410, status: 503, reason: "ServiceUnavailable" },
      { of: 413, status: 422, reason: "Invalid" },
      { of: 415, status: 503, reason: "ServiceUnavailable" },
      { of: 422, status: 422, reason: "Invalid" },
      { of: 429, status: 503, reason: "ServiceUnavailable" },
      { of: 500, status: 503, reason: "ServiceUnavailable" },
      { of: 503, status: 503, reason: "ServiceUnavailable" },
      { of: 504, status: 503, reason: "ServiceUnavailable" },
      { of: 301, status: 503, reason: "ServiceUnavailable" },
    ];
    for (const { of, status, reason } of table)
      it(`is ${status} ${reason}, with the API server's words, when the claim is answered with ${of}`, async () => {
        const said = new ApiStatusError(of, "the server's words", {
          reason: "NotFound",
        });
        const outcome = await ensured(200, answering(said).api);
        expect(outcome).to.include({ status, reason });
        expect((outcome as ClaimRefusedError).message)
          .to.include("PersistentVolumeClaim shop/web-data-0")
          .and.to.include("the server's words");
      });

    it("is never one that says something wrong of the Pod", () => {
      fc.assert(
        fc.property(fc.integer({ min: 100, max: 599 }), (of) => {
          expect(answerForPod(of).status).to.be.oneOf([403, 409, 422, 503]);
        }),
      );
    });
  });
});

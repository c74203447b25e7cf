import { expect } from "chai";
import { claimsOn } from "../../../functions/claim-api/claims.ts";
import type { FoundOrCreatedClaim } from "../../../functions/claim-api/claims.ts";
import {
  ClaimRejectedError,
  rejectedFor,
  UNAVAILABLE,
} from "../../../functions/claim-api/rejected.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiRequest } from "../../../functions/kubernetes/api-server.ts";
import { claimOf } from "../claim/claim-of.ts";

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

async function outcomeOf(
  milliseconds: number,
  api: Parameters<typeof claimsOn>[0],
  givenUp?: AbortSignal,
): Promise<FoundOrCreatedClaim | ClaimRejectedError> {
  try {
    const deadline = performance.now() + milliseconds;
    return await claimsOn(api).getOrCreate(manifest, deadline, givenUp);
  } catch (error) {
    if (!(error instanceof ClaimRejectedError)) throw error;
    return error;
  }
}

describe("claimsOn", () => {
  const foreign = {
    ...created,
    metadata: {
      ...created.metadata,
      annotations: { "volume-claim/request-uid": "another" },
    },
  };
  const quota = new ApiStatusError(403, "exceeded quota: small");
  const sequences: {
    name: string;
    answers: readonly unknown[];
    methods: string;
    result: object;
  }[] = [
    {
      name: "finds the claim whose create was not answered, and counts it as created",
      answers: [unreachable, exists, created],
      methods: "POST POST GET",
      result: { uid: "u1", created: true },
    },
    {
      name: "finds the claim of an earlier delivery, also when the first read fails",
      answers: [exists, unreachable, created],
      methods: "POST GET GET",
      result: { uid: "u1", created: false },
    },
    {
      name: "rejects a claim of another request under its name",
      answers: [exists, foreign],
      methods: "POST GET",
      result: { status: 409, reason: "Conflict" },
    },
    {
      name: "rejects a claim without our label under its name",
      answers: [
        exists,
        { ...created, metadata: { ...created.metadata, labels: {} } },
      ],
      methods: "POST GET",
      result: { status: 409, reason: "Conflict" },
    },
    {
      name: "rejects a claim under its name that it may not read",
      answers: [exists, quota],
      methods: "POST GET",
      result: {
        status: 403,
        message:
          "cannot read PersistentVolumeClaim shop/web-data-0: exceeded quota: small",
      },
    },
    {
      name: "creates the claim again when the name is free by the time of the read",
      answers: [exists, notFound, created],
      methods: "POST GET POST",
      result: { uid: "u1", created: true },
    },
    {
      name: "waits until a claim of this request is deleted, and creates it again",
      answers: [exists, goneSoon, goneSoon, notFound, created],
      methods: "POST GET GET GET POST",
      result: { uid: "u1", created: true },
    },
    {
      name: "says that the claim may exist when a create is not answered and the next one is rejected",
      answers: [unreachable, quota],
      methods: "POST POST",
      result: { status: 403, mayExist: true },
    },
  ];
  for (const { answers, methods, name, result } of sequences)
    it(`W2: ${name}`, async () => {
      const { api, methods: sent } = answering(...answers);
      expect(await outcomeOf(3_000, api)).to.deep.include(result);
      expect(sent()).to.equal(methods);
    });

  it("W11: gives up with 503 when the claim is deleted each time it is created", async () => {
    const answers = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? exists : notFound,
    );
    const { api, requests } = answering(...answers);
    expect(await outcomeOf(5_000, api)).to.include({
      status: 503,
      message:
        "PersistentVolumeClaim shop/web-data-0 was deleted each time it was created",
    });
    expect(requests).to.have.lengthOf(14);
  });

  it("W2: rejects the Pod when the claim of this request is still being deleted at the deadline", async () => {
    const outcome = await outcomeOf(200, answering(exists, goneSoon).api);
    expect(outcome).to.have.property("status", 503);
    expect((outcome as ClaimRejectedError).message).to.include(
      "is being deleted",
    );
  });

  it("W12: sends nothing when no time is left, and nothing more once it is given up", async () => {
    const late = answering(created);
    const outcome = await outcomeOf(0, late.api);
    expect(outcome).to.include({ status: 503, mayExist: false });
    expect(late.requests).to.deep.equal([]);

    const givenUp = new AbortController();
    const { api, requests } = answering(unreachable);
    const asked = outcomeOf(5_000, api, givenUp.signal);
    givenUp.abort();
    expect(await asked).to.include({ status: 503, mayExist: true });
    expect(requests).to.have.lengthOf(1);
  });

  it("passes on the warnings of the API server", async () => {
    const outcome = await outcomeOf(1_000, () =>
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

    it("tries again until the deadline", async () => {
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

    it("reads the uid of a claim whose create was not answered, and deletes only that claim", async () => {
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

    for (const [name, found] of [
      ["there is none", notFound],
      ["another request made it", foreign],
    ] as const)
      it(`deletes nothing when ${name}`, async () => {
        const { api, methods } = answering(found);
        await claimsOn(api).remove({ manifest }, performance.now() + 1_000);
        expect(methods()).to.equal("GET");
      });
  });

  describe("the answer about the Pod", () => {
    const INVALID = { status: 422, reason: "Invalid" };
    const answers = new Map<number, object>([
      [400, INVALID],
      [413, INVALID],
      [422, INVALID],
      [403, { status: 403, reason: "Forbidden" }],
      [409, { status: 409, reason: "Conflict" }],
    ]);
    for (const status of [
      301, 400, 401, 403, 404, 409, 410, 413, 422, 429, 503,
    ])
      it(`W11: has the message of the API server and a status that is right for a Pod, when the claim gets ${status}`, async () => {
        const said = new ApiStatusError(status, "the server's words", {
          reason: "NotFound",
        });
        const outcome = await outcomeOf(200, answering(said).api);
        expect(outcome).to.include(answers.get(status) ?? UNAVAILABLE);
        expect((outcome as ClaimRejectedError).message)
          .to.include("PersistentVolumeClaim shop/web-data-0")
          .and.to.include("the server's words");
      });

    it("is 503 for every other status", () => {
      for (let status = 100; status < 600; status += 1)
        expect(
          rejectedFor("cannot", new ApiStatusError(status, "no")),
        ).to.include(answers.get(status) ?? UNAVAILABLE);
    });
  });
});

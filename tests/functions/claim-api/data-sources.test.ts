import { expect } from "chai";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import { dataSourcesOn } from "../../../functions/claim-api/data-sources.ts";
import { ClaimRejectedError } from "../../../functions/claim-api/rejected.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiRequest } from "../../../functions/kubernetes/api-server.ts";
import { dataSourceOf } from "../../../functions/template/data-source.ts";
import { scriptedApiServer } from "../../janitor/cluster/scripted-api-server.ts";
import { claimOf } from "../claim/claim-of.ts";

const claim = claimOf("1Gi", "fast");

/** Sources as annotations write them: a snapshot, a claim to clone, and the newest of several snapshots. */
const SNAPSHOT = "VolumeSnapshot/nightly";
const CLONE = "PersistentVolumeClaim/seed";
const NEWEST = "VolumeSnapshot?app=orders,tier in (nightly)";

const SNAPSHOTS =
  "/apis/snapshot.storage.k8s.io/v1/namespaces/shop/volumesnapshots";

function snapshot(
  name: string,
  month: number,
  status: object = { readyToUse: true },
): object {
  const creationTimestamp = `2026-0${month}-01T03:00:00Z`;
  return { metadata: { name, creationTimestamp }, status };
}

/** The result of a look-up: the claim or a rejection, and the requests that it took. */
interface Resolved {
  readonly claim: ClaimManifest | undefined;
  readonly rejected: ClaimRejectedError | undefined;
  readonly requests: readonly ApiRequest[];
}

/** Looks up `text` on an API server that gives these answers. Throws every other error. */
async function resolved(
  text: string,
  answers: readonly unknown[],
  milliseconds = 5_000,
): Promise<Resolved> {
  const { api, requests } = scriptedApiServer(...answers);
  try {
    const found = await dataSourcesOn(api).resolve(
      claim,
      dataSourceOf(text),
      performance.now() + milliseconds,
    );
    return { claim: found, rejected: undefined, requests };
  } catch (error) {
    if (!(error instanceof ClaimRejectedError)) throw error;
    return { claim: undefined, rejected: error, requests };
  }
}

describe("dataSourcesOn", () => {
  const found = [
    {
      text: SNAPSHOT,
      answer: snapshot("nightly", 1),
      path: `${SNAPSHOTS}/nightly`,
      dataSource: {
        apiGroup: "snapshot.storage.k8s.io",
        kind: "VolumeSnapshot",
        name: "nightly",
      },
    },
    {
      text: CLONE,
      answer: { status: { phase: "Bound" } },
      path: "/api/v1/namespaces/shop/persistentvolumeclaims/seed",
      dataSource: { kind: "PersistentVolumeClaim", name: "seed" },
    },
  ];
  for (const { answer, dataSource, path, text } of found)
    it(`reads ${text}, and changes nothing else in the claim`, async () => {
      const { claim: result, requests } = await resolved(text, [answer]);
      expect(result).to.deep.equal({
        ...claim,
        spec: { ...claim.spec, dataSource },
      });
      expect(requests.map((sent) => [sent.method, sent.path])).to.deep.equal([
        ["GET", path],
      ]);
    });

  it("looks for the newest snapshot on every page", async () => {
    const { claim: result, requests } = await resolved(NEWEST, [
      { items: [snapshot("a", 1)], metadata: { continue: "page-2" } },
      { items: [snapshot("nightly", 3)], metadata: { continue: "page-3" } },
      { items: [snapshot("z", 2)], metadata: { continue: "" } },
    ]);
    expect(result?.spec.dataSource?.name).to.equal("nightly");
    const labelSelector = "app=orders,tier in (nightly)";
    expect(requests.map(({ path, query }) => [path, query])).to.deep.equal(
      [{}, { continue: "page-2" }, { continue: "page-3" }].map((more) => [
        SNAPSHOTS,
        { labelSelector, limit: "500", ...more },
      ]),
    );
  });

  const notFound = { reason: "NotFound" };
  const large = snapshot("large", 2, { readyToUse: true, restoreSize: "2Gi" });
  const rejections: [
    name: string,
    text: string,
    answer: unknown,
    says: string,
    status?: number,
  ][] = [
    [
      "a snapshot that does not exist",
      SNAPSHOT,
      new ApiStatusError(404, '... "nightly" not found', notFound),
      "there is no VolumeSnapshot nightly in namespace shop",
    ],
    [
      "a claim that does not exist",
      CLONE,
      new ApiStatusError(404, '... "seed" not found', notFound),
      "there is no PersistentVolumeClaim seed in namespace shop",
    ],
    [
      "labels that no snapshot has",
      NEWEST,
      { items: [] },
      "there is no VolumeSnapshot with these labels in namespace shop",
    ],
    [
      "the newest snapshot if it is too large, although an older one is not",
      NEWEST,
      { items: [snapshot("nightly", 1), large] },
      "VolumeSnapshot large, the newest with these labels, needs 2Gi, and volume-claim-template/storage asks for 1Gi; ask for 2Gi or more",
    ],
    [
      "a selector that the API server rejects",
      NEWEST,
      new ApiStatusError(400, "unable to parse requirement"),
      "the API server rejects it: unable to parse requirement",
    ],
    [
      // As 410 it would be wrong about the Pod.
      "a list that expired between two pages",
      NEWEST,
      new ApiStatusError(410, "the continue token is too old"),
      "cannot read the VolumeSnapshot: the continue token is too old",
      503,
    ],
    [
      "a snapshot that the function may not read",
      SNAPSHOT,
      new ApiStatusError(403, "volumesnapshots is forbidden: User ..."),
      "stateful-deployments may not read VolumeSnapshots in namespace shop: volumesnapshots is forbidden: User ...",
      403,
    ],
    [
      "a snapshot when the credentials of the function are not valid",
      SNAPSHOT,
      new ApiStatusError(401, "Unauthorized"),
      "cannot read the VolumeSnapshot: the API server does not accept the credentials of stateful-deployments: Unauthorized",
      503,
    ],
  ];
  for (const [name, text, answer, says, status = 422] of rejections)
    it(`W9: rejects ${name}, after one request and with the reason`, async () => {
      const { rejected, requests } = await resolved(text, [answer]);
      expect(rejected?.message).to.equal(
        `annotation volume-claim-template/data-source: ${JSON.stringify(text)} cannot be used: ${says}`,
      );
      expect(rejected?.status).to.equal(status);
      expect(requests).to.have.lengthOf(1);
    });

  it("throws a fault of our own", async () => {
    const bug = new TypeError("a bug");
    const outcome = await resolved(SNAPSHOT, [bug]).catch(
      (error: unknown) => error,
    );
    expect(outcome).to.equal(bug);
  });

  it("W12: tries again without an answer, after 429 and after 503", async () => {
    const { claim: result, requests } = await resolved(SNAPSHOT, [
      new ApiUnreachableError("connection reset"),
      new ApiStatusError(429, "too many requests"),
      new ApiStatusError(503, "starting"),
      snapshot("nightly", 1),
    ]);
    expect(result?.spec.dataSource?.name).to.equal("nightly");
    expect(requests).to.have.lengthOf(4);
    for (const { timeoutMs } of requests)
      expect(timeoutMs).to.be.within(1_000, 2_500);
  });

  it("W12: gives up at the deadline, and says that another try may succeed", async () => {
    const start = performance.now();
    const unreachable = new ApiUnreachableError("no answer");
    const { rejected } = await resolved(
      SNAPSHOT,
      Array.from({ length: 20 }, () => unreachable),
      200,
    );
    // All tries with their pauses would take 15 s; on a busy machine a timer fires late.
    expect(performance.now() - start).to.be.below(1_000);
    expect(rejected?.status).to.equal(503);
    expect(rejected?.message).to.include(
      "cannot be used: cannot read the VolumeSnapshot: no answer",
    );
  });

  it("W12: does not wait when Retry-After is longer than the time left", async () => {
    const { rejected, requests } = await resolved(SNAPSHOT, [
      new ApiStatusError(429, "busy", { retryAfterSeconds: 60 }),
    ]);
    expect(rejected?.status).to.equal(503);
    expect(requests).to.have.lengthOf(1);
  });
});

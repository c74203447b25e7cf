import { expect } from "chai";
import type { ClaimManifest } from "../../../functions/claim/build-claim.ts";
import { ClaimRefusedError } from "../../../functions/claim/claim-refused-error.ts";
import { dataSourcesOn } from "../../../functions/claim/data-sources.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiRequest } from "../../../functions/kubernetes/api-server.ts";
import { dataSourceOf } from "../../../functions/pod/claim-template/data-source.ts";
import { scriptedApiServer } from "../../janitor/scripted-api-server.ts";
import { claimOf } from "./claim-of.ts";

const claim = claimOf("1Gi", "fast");

const SNAPSHOT = "VolumeSnapshot/nightly";
const CLONE = "PersistentVolumeClaim/seed";
const NEWEST = "VolumeSnapshot?app=orders,tier in (nightly)";

const readySnapshot = {
  metadata: { name: "nightly", creationTimestamp: "2026-01-31T03:00:00Z" },
  status: { readyToUse: true },
};
const SNAPSHOTS = "/apis/snapshot.storage.k8s.io/v1/namespaces/shop";

interface Resolved {
  readonly claim: ClaimManifest | undefined;
  readonly refused: ClaimRefusedError | undefined;
  readonly requests: readonly ApiRequest[];
}

/** Looks up `text` on an API server that gives these answers. Throws what is no refusal. */
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
    return { claim: found, refused: undefined, requests };
  } catch (error) {
    if (!(error instanceof ClaimRefusedError)) throw error;
    return { claim: undefined, refused: error, requests };
  }
}

function older(name: string): object {
  return {
    metadata: { name, creationTimestamp: "2026-01-01T03:00:00Z" },
    status: { readyToUse: true },
  };
}

describe("dataSourcesOn", () => {
  it("finds a named snapshot and changes nothing else about the claim", async () => {
    const { claim: found, requests } = await resolved(SNAPSHOT, [
      readySnapshot,
    ]);
    expect(found).to.deep.equal({
      ...claim,
      spec: {
        ...claim.spec,
        dataSource: {
          apiGroup: "snapshot.storage.k8s.io",
          kind: "VolumeSnapshot",
          name: "nightly",
        },
      },
    });
    expect(requests.map(({ method, path }) => [method, path])).to.deep.equal([
      ["GET", `${SNAPSHOTS}/volumesnapshots/nightly`],
    ]);
  });

  it("finds a claim to clone", async () => {
    const { claim: found, requests } = await resolved(CLONE, [
      { status: { phase: "Bound" } },
    ]);
    expect(found?.spec.dataSource).to.deep.equal({
      kind: "PersistentVolumeClaim",
      name: "seed",
    });
    expect(requests.map(({ method, path }) => [method, path])).to.deep.equal([
      ["GET", "/api/v1/namespaces/shop/persistentvolumeclaims/seed"],
    ]);
  });

  it("looks for the newest snapshot on every page", async () => {
    const { claim: found, requests } = await resolved(NEWEST, [
      { items: [older("a")], metadata: { continue: "page-2" } },
      { items: [readySnapshot], metadata: { continue: "page-3" } },
      { items: [older("z")], metadata: { continue: "" } },
    ]);
    expect(found?.spec.dataSource?.name).to.equal("nightly");
    const query = {
      labelSelector: "app=orders,tier in (nightly)",
      limit: "500",
    };
    expect(requests.map(({ path, query: sent }) => [path, sent])).to.deep.equal(
      [
        [`${SNAPSHOTS}/volumesnapshots`, query],
        [`${SNAPSHOTS}/volumesnapshots`, { ...query, continue: "page-2" }],
        [`${SNAPSHOTS}/volumesnapshots`, { ...query, continue: "page-3" }],
      ],
    );
  });

  it("does not take an older snapshot when the newest is too large", async () => {
    const { refused } = await resolved(NEWEST, [
      {
        items: [
          readySnapshot,
          {
            metadata: {
              name: "large",
              creationTimestamp: "2026-03-01T03:00:00Z",
            },
            status: { readyToUse: true, restoreSize: "2Gi" },
          },
        ],
      },
    ]);
    expect(refused?.message).to.include(
      "VolumeSnapshot large, the newest with these labels, needs 2Gi",
    );
  });

  const refusals: {
    name: string;
    text: string;
    answer: unknown;
    status: number;
    says: string;
  }[] = [
    {
      name: "a snapshot that is not there",
      text: SNAPSHOT,
      answer: new ApiStatusError(404, '... "nightly" not found', {
        reason: "NotFound",
      }),
      status: 422,
      says: "there is no VolumeSnapshot nightly in namespace shop",
    },
    {
      name: "a claim that is not there",
      text: CLONE,
      answer: new ApiStatusError(404, '... "seed" not found', {
        reason: "NotFound",
      }),
      status: 422,
      says: "there is no PersistentVolumeClaim seed in namespace shop",
    },
    ...[SNAPSHOT, NEWEST].map((text) => ({
      name: `a cluster without snapshots, of which ${text} is wanted,`,
      text,
      answer: new ApiStatusError(404, "404 page not found"),
      status: 422,
      says: "this cluster has no VolumeSnapshots: the API snapshot.storage.k8s.io/v1 is not installed",
    })),
    {
      name: "a snapshot that is not ready",
      text: SNAPSHOT,
      answer: { status: { readyToUse: false } },
      status: 422,
      says: "VolumeSnapshot nightly is not ready to use yet",
    },
    {
      name: "a claim that is not bound",
      text: CLONE,
      answer: { status: { phase: "Pending" } },
      status: 422,
      says: "PersistentVolumeClaim seed is Pending, and only a Bound claim can be cloned",
    },
    {
      name: "labels that no snapshot has",
      text: NEWEST,
      answer: { items: [] },
      status: 422,
      says: "there is no VolumeSnapshot with these labels in namespace shop",
    },
    {
      name: "a selector that the API server does not take after all",
      text: NEWEST,
      answer: new ApiStatusError(400, "unable to parse requirement", {
        reason: "BadRequest",
      }),
      status: 422,
      says: "the API server does not take it: unable to parse requirement",
    },
    {
      name: "a list that expired half-way",
      text: NEWEST,
      answer: new ApiStatusError(410, "the continue token is too old", {
        reason: "Expired",
      }),
      status: 410,
      says: "cannot read the VolumeSnapshot: the continue token is too old",
    },
    {
      name: "missing rights",
      text: SNAPSHOT,
      answer: new ApiStatusError(403, "volumesnapshots is forbidden: User ..."),
      status: 403,
      says: "stateful-deployments may not read VolumeSnapshots in namespace shop: volumesnapshots is forbidden: User ...",
    },
    {
      name: "credentials that do not hold",
      text: SNAPSHOT,
      answer: new ApiStatusError(401, "Unauthorized"),
      status: 503,
      says: "the API server does not accept the credentials of stateful-deployments: Unauthorized",
    },
  ];
  for (const { name, text, answer, status, says } of refusals)
    it(`W9: refuses for ${name} with the reason`, async () => {
      const { refused, requests } = await resolved(text, [answer]);
      expect(refused?.message).to.equal(
        `annotation volume-claim-template/data-source: ${JSON.stringify(text)} cannot be used: ${says}`,
      );
      expect(refused?.status).to.equal(status);
      expect(requests).to.have.lengthOf(1);
    });

  it("W12: asks again after no answer, 429 and 503", async () => {
    const { claim: found, requests } = await resolved(SNAPSHOT, [
      new ApiUnreachableError("connection reset"),
      new ApiStatusError(429, "too many requests"),
      new ApiStatusError(503, "starting"),
      readySnapshot,
    ]);
    expect(found?.spec.dataSource?.name).to.equal("nightly");
    expect(requests).to.have.lengthOf(4);
    for (const { timeoutMs } of requests)
      expect(timeoutMs).to.be.within(1_000, 2_500);
  });

  it("W12: gives up when the time is over, and says that another try may do", async () => {
    const start = performance.now();
    const { refused } = await resolved(
      SNAPSHOT,
      Array.from({ length: 20 }, () => new ApiUnreachableError("no answer")),
      200,
    );
    // All tries with their pauses would take a quarter of a minute; a machine that is busy wakes a timer late.
    expect(performance.now() - start).to.be.below(1_000);
    expect(refused?.status).to.equal(503);
    expect(refused?.message).to.include(
      "cannot be used: could not read the VolumeSnapshot in time: no answer",
    );
  });

  it("W12: does not wait for what the API server would take longer than there is time", async () => {
    const { refused, requests } = await resolved(SNAPSHOT, [
      new ApiStatusError(429, "busy", { retryAfterSeconds: 60 }),
    ]);
    expect(refused?.status).to.equal(503);
    expect(requests).to.have.lengthOf(1);
  });

  it("lets a fault of our own through", async () => {
    const bug = new TypeError("a bug");
    const outcome = await resolved(SNAPSHOT, [bug]).catch(
      (error: unknown) => error,
    );
    expect(outcome).to.equal(bug);
  });
});

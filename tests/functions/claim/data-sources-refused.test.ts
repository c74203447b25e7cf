import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { CLONE, NEWEST, resolved, SNAPSHOT } from "./data-sources-on-script.ts";

describe("dataSourcesOn, of a source that cannot be used", () => {
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
      // Of the Pod's creation, 410 would say nothing that is true.
      status: 503,
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

  it("lets a fault of our own through", async () => {
    const bug = new TypeError("a bug");
    const outcome = await resolved(SNAPSHOT, [bug]).catch(
      (error: unknown) => error,
    );
    expect(outcome).to.equal(bug);
  });
});

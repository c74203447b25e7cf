import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import type { Cluster } from "../../../janitor/cluster/cluster.ts";
import { NOT_FOUND, cluster, failureOf } from "./cluster-on-script.ts";
import { aClaim, NOW } from "../objects.ts";
import { busy, unreachable } from "./scripted-api-server.ts";

const claimPath = `/api/v1/namespaces/shop/persistentvolumeclaims/${aClaim().name}`;
const conflict = new ApiStatusError(409, "conflict");

/** A change of the claim's metadata, in no other version than the one that was looked at. */
function patchWith(metadata: object): object {
  return {
    method: "PATCH",
    path: claimPath,
    contentType: "application/merge-patch+json",
    body: {
      metadata: { uid: "uid-of-request-1", resourceVersion: "7", ...metadata },
    },
  };
}

describe("the writes of clusterOn", () => {
  it("J10 deletes on the condition of uid and resourceVersion", async () => {
    const { cluster: one, requests } = cluster({});
    expect(await one.deleteClaim(aClaim(), () => true)).to.deep.equal({
      outcome: "done",
      at: NOW,
    });
    expect(requests[0]).to.deep.include({
      method: "DELETE",
      path: claimPath,
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        preconditions: { uid: "uid-of-request-1", resourceVersion: "7" },
      },
    });
  });

  it("J10 patches on the condition of uid and resourceVersion", async () => {
    const { cluster: one, requests } = cluster({});
    const change = { ownerReferences: [], unusedSince: null };
    expect(await one.patchClaim(aClaim(), change)).to.equal("done");
    expect(requests[0]).to.deep.include(
      patchWith({
        ownerReferences: [],
        annotations: { "volume-claim/unused-since": null },
      }),
    );
  });

  it("takes a mark away from whatever version there is: whoever else writes must not keep it", async () => {
    const { cluster: one, requests } = cluster({});
    await one.patchClaim(aClaim(), { unusedSince: null });
    expect(requests[0]?.body).to.deep.equal({
      metadata: {
        uid: "uid-of-request-1",
        annotations: { "volume-claim/unused-since": null },
      },
    });
  });

  it("signs its marks, so that it knows them again", async () => {
    const { cluster: one, requests } = cluster({});
    await one.patchClaim(aClaim(), { unusedSince: "2030-01-01T12:00:00.000Z" });
    expect(requests[0]?.query).to.deep.equal({
      fieldManager: "stateful-deployments-janitor",
    });
  });

  const writes: { name: string; write: (one: Cluster) => Promise<string> }[] = [
    {
      name: "delete",
      write: async (one) =>
        (await one.deleteClaim(aClaim(), () => true)).outcome,
    },
    { name: "patch", write: (one) => one.patchClaim(aClaim(), {}) },
    { name: "adoption", write: (one) => one.adoptClaim(aClaim(), []) },
  ];
  for (const { name, write } of writes) {
    it(`J10 takes 404 and 409 on a ${name} for normal`, async () => {
      expect(await write(cluster(NOT_FOUND).cluster)).to.equal("gone-already");
      expect(await write(cluster(conflict).cluster)).to.equal(
        "changed-meanwhile",
      );
    });
  }

  it("J9 repeats a patch, which its conditions make safe", async () => {
    const { cluster: one } = cluster(unreachable, busy(), {});
    expect(await one.patchClaim(aClaim(), {})).to.equal("done");
  });

  it("J9 never repeats a delete: the re-check before it would be old by then", async () => {
    const { cluster: one, requests } = cluster(busy(), {});
    expect(await failureOf(one.deleteClaim(aClaim(), () => true))).to.match(
      /too many/,
    );
    expect(requests).to.have.length(1);
  });

  it("J9 never repeats an adoption: the re-check before it would be old by then", async () => {
    const { cluster: one, requests } = cluster(busy(), {});
    expect(await failureOf(one.adoptClaim(aClaim(), []))).to.match(/too many/);
    expect(requests).to.have.length(1);
  });

  it("J10 adopts on the condition of uid and resourceVersion", async () => {
    const { cluster: one, requests } = cluster({});
    const ownerReferences = [
      { apiVersion: "v1", kind: "Pod", name: "web-1", uid: "uid-of-web-1" },
    ];
    expect(await one.adoptClaim(aClaim(), ownerReferences)).to.equal("done");
    expect(requests[0]).to.deep.include(
      patchWith({
        ownerReferences,
      }),
    );
  });

  it("writes an Event about the deleted claim", async () => {
    const { cluster: one, requests } = cluster({});
    await one.recordDeletion(aClaim(), "no Pod names it", NOW);
    expect(requests[0]).to.deep.include({
      method: "POST",
      path: "/apis/events.k8s.io/v1/namespaces/shop/events",
    });
    expect(requests[0]?.body).to.deep.include({
      eventTime: "2030-01-01T12:00:00.000000Z",
      reason: "ClaimDeleted",
      type: "Normal",
      note: "Deleted the claim: no Pod names it",
    });
  });
});

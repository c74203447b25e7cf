import { expect } from "chai";
import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import { clusterOn } from "../../janitor/cluster.ts";
import type { Cluster } from "../../janitor/cluster.ts";
import { aClaim, ENDED, LOST_NODE, NOW, RUNNING } from "./objects.ts";
import {
  broken,
  busy,
  recordedSleep,
  scriptedApiServer,
  unreachable,
} from "./scripted-api-server.ts";
import type { Scripted } from "./scripted-api-server.ts";

function cluster(...answers: Scripted[]) {
  const { api, requests } = scriptedApiServer(...answers);
  const { sleep } = recordedSleep();
  return { cluster: clusterOn(api, { pageSize: 500, sleep }), requests };
}

const claimPath = `/api/v1/namespaces/shop/persistentvolumeclaims/${aClaim().name}`;
const notFound = new ApiStatusError(404, "not found");
const conflict = new ApiStatusError(409, "conflict");

describe("clusterOn", () => {
  const metadata = {
    namespace: "shop",
    name: "c",
    uid: "u",
    resourceVersion: "7",
    creationTimestamp: "2030-01-01T11:00:00Z",
    managedFields: [
      { manager: "a", time: "2030-01-01T11:30:00Z" },
      { manager: "b" },
      { manager: "c", time: "2030-01-01T11:20:00Z" },
    ],
  };

  it("asks for the metadata of claims only, in one namespace or in all", async () => {
    const empty = {
      kind: "PartialObjectMetadataList",
      items: [],
      metadata: {},
    };
    const { cluster: one, requests } = cluster(empty, empty);
    await one.listClaims("shop", "managed=true");
    await one.listClaims(undefined, "managed=true");
    expect(requests.map(({ path }) => path)).to.deep.equal([
      "/api/v1/namespaces/shop/persistentvolumeclaims",
      "/api/v1/persistentvolumeclaims",
    ]);
    for (const { accept, query } of requests) {
      expect(accept).to.equal(
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      );
      expect(query).to.deep.equal({
        labelSelector: "managed=true",
        limit: "500",
      });
    }
  });

  it("J13 takes the newest write to a claim for its last change", async () => {
    const { cluster: one } = cluster({ metadata });
    const claim = await one.getClaim(aClaim());
    expect(claim).to.deep.include({
      createdAt: Date.parse("2030-01-01T11:00:00Z"),
      changedAt: Date.parse("2030-01-01T11:30:00Z"),
      deletedAt: undefined,
    });
  });

  const mark = {
    "f:metadata": {
      "f:annotations": { "f:volume-claim/unused-since": {} },
    },
  };
  const writers: { name: string; entry: object; at: number | undefined }[] = [
    {
      name: "of the janitor counts from when it was written",
      entry: {
        manager: "stateful-deployments-janitor",
        time: "2030-01-01T11:20:00Z",
        fieldsV1: mark,
      },
      at: Date.parse("2030-01-01T11:20:00Z"),
    },
    {
      name: "of somebody else does not count",
      entry: {
        manager: "kubectl-annotate",
        time: "2030-01-01T11:20:00Z",
        fieldsV1: mark,
      },
      at: undefined,
    },
    {
      name: "is not there when the janitor wrote something else",
      entry: {
        manager: "stateful-deployments-janitor",
        time: "2030-01-01T11:20:00Z",
        fieldsV1: { "f:metadata": { "f:ownerReferences": {} } },
      },
      at: undefined,
    },
    {
      name: "written at no known time does not count",
      entry: { manager: "stateful-deployments-janitor", fieldsV1: mark },
      at: undefined,
    },
  ];
  for (const { name, entry, at } of writers)
    it(`J12 a mark ${name}`, async () => {
      const { cluster: one } = cluster({
        metadata: { ...metadata, managedFields: [entry] },
      });
      const claim = await one.getClaim(aClaim());
      expect(claim?.markWrittenAt).to.equal(at);
    });

  for (const field of [
    "namespace",
    "name",
    "uid",
    "resourceVersion",
    "creationTimestamp",
  ])
    it(`J8 refuses a list with a claim without its ${field}`, async () => {
      const { cluster: one } = cluster({
        kind: "PartialObjectMetadataList",
        items: [{ metadata: { ...metadata, [field]: undefined } }],
        metadata: {},
      });
      const error = await failureOf(one.listClaims(undefined, "managed=true"));
      expect(error).to.match(/came without its uid, resourceVersion/);
    });

  it("reads from Pods what verdicts need, and nothing else", async () => {
    const { cluster: one } = cluster({
      kind: "PodList",
      metadata: {},
      items: [
        {
          metadata: {
            name: "web-1",
            uid: "u",
            labels: { a: "b" },
            annotations: { big: "x" },
            deletionTimestamp: "2030-01-01T11:00:00Z",
          },
          spec: {
            nodeName: "node-1",
            containers: [{ name: "app" }],
            volumes: [
              { name: "v", persistentVolumeClaim: { claimName: "c" } },
              { name: "e", ephemeral: { volumeClaimTemplate: { spec: {} } } },
            ],
          },
          status: { phase: "Running", podIP: "192.0.2.1" },
        },
      ],
    });
    expect(await one.listPods("shop")).to.deep.equal([
      {
        metadata: {
          name: "web-1",
          uid: "u",
          labels: { a: "b" },
          deletionTimestamp: new Date("2030-01-01T11:00:00Z"),
        },
        spec: {
          containers: [],
          nodeName: "node-1",
          volumes: [
            { name: "v", persistentVolumeClaim: { claimName: "c" } },
            { name: "e", ephemeral: {} },
          ],
        },
        status: { phase: "Running" },
      },
    ]);
  });

  it("J4 reads from finished Pods what casts doubt on that, and nothing else", async () => {
    const { cluster: one } = cluster({
      kind: "PodList",
      metadata: {},
      items: [
        {
          metadata: { name: "web-1" },
          spec: {},
          status: {
            phase: "Failed",
            containerStatuses: [ENDED],
            initContainerStatuses: [RUNNING],
            conditions: [{ type: "Ready", status: "False" }, LOST_NODE],
          },
        },
        {
          metadata: { name: "web-2" },
          spec: {},
          status: { phase: "Succeeded", containerStatuses: [ENDED] },
        },
      ],
    });
    const pods = await one.listPods("shop");
    expect(pods.map(({ status }) => status)).to.deep.equal([
      {
        phase: "Failed",
        containerStatuses: [RUNNING],
        conditions: [LOST_NODE],
      },
      { phase: "Succeeded" },
    ]);
  });

  it("J8 refuses a list with a Pod whose spec is missing", async () => {
    const { cluster: one } = cluster({
      kind: "PodList",
      metadata: {},
      items: [{ metadata: { name: "web-1" } }],
    });
    const error = await failureOf(one.listPods("shop"));
    expect(error).to.match(/without its name or its spec/);
  });

  it("tells a claim that is not there from one that cannot be read", async () => {
    const { cluster: one } = cluster(notFound);
    expect(await one.getClaim(aClaim())).to.equal(undefined);
    const { cluster: other } = cluster(broken, broken, broken, broken);
    expect(await failureOf(other.getClaim(aClaim()))).to.match(/etcd/);
  });

  const phases: { name: string; answer: Scripted; phase: string }[] = [
    {
      name: "active",
      answer: { metadata: {}, status: { phase: "Active" } },
      phase: "active",
    },
    {
      name: "terminating by its phase",
      answer: { metadata: {}, status: { phase: "Terminating" } },
      phase: "terminating",
    },
    {
      name: "terminating by its deletion",
      answer: { metadata: { deletionTimestamp: "2030-01-01T11:00:00Z" } },
      phase: "terminating",
    },
    { name: "missing", answer: notFound, phase: "missing" },
  ];
  for (const { name, answer, phase } of phases)
    it(`J16 sees a namespace that is ${name}`, async () => {
      const { cluster: one } = cluster(answer);
      expect(await one.namespacePhase("shop")).to.equal(phase);
    });

  it("J10 deletes on the condition of uid and resourceVersion", async () => {
    const { cluster: one, requests } = cluster({});
    expect(await one.deleteClaim(aClaim())).to.deep.equal({
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
    expect(requests[0]).to.deep.include({
      method: "PATCH",
      path: claimPath,
      contentType: "application/merge-patch+json",
      body: {
        metadata: {
          uid: "uid-of-request-1",
          resourceVersion: "7",
          ownerReferences: [],
          annotations: { "volume-claim/unused-since": null },
        },
      },
    });
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
      write: async (one) => (await one.deleteClaim(aClaim())).outcome,
    },
    { name: "patch", write: (one) => one.patchClaim(aClaim(), {}) },
    { name: "adoption", write: (one) => one.adoptClaim(aClaim(), []) },
  ];
  for (const { name, write } of writes) {
    it(`J10 takes 404 and 409 on a ${name} for normal`, async () => {
      expect(await write(cluster(notFound).cluster)).to.equal("gone-already");
      expect(await write(cluster(conflict).cluster)).to.equal(
        "changed-meanwhile",
      );
    });
  }

  it("J9 repeats a patch, which its conditions make safe", async () => {
    const { cluster: one } = cluster(unreachable, busy(), {});
    expect(await one.patchClaim(aClaim(), {})).to.equal("done");
  });

  it("J9 never repeats a delete: the look before it would be old by then", async () => {
    const { cluster: one, requests } = cluster(busy(), {});
    expect(await failureOf(one.deleteClaim(aClaim()))).to.match(/too many/);
    expect(requests).to.have.length(1);
  });

  it("J9 never repeats an adoption: the look before it would be old by then", async () => {
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
    expect(requests[0]).to.deep.include({
      method: "PATCH",
      path: claimPath,
      contentType: "application/merge-patch+json",
      body: {
        metadata: {
          uid: "uid-of-request-1",
          resourceVersion: "7",
          ownerReferences,
        },
      },
    });
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

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new TypeError("it did not fail");
}

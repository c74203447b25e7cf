import { expect } from "chai";
import { NOT_FOUND, cluster, failureOf } from "./cluster-on-script.ts";
import { aClaim } from "./objects.ts";
import { broken } from "./scripted-api-server.ts";

describe("the claims of clusterOn", () => {
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

  it("tells a claim that is not there from one that cannot be read", async () => {
    const { cluster: one } = cluster(NOT_FOUND);
    expect(await one.getClaim(aClaim())).to.equal(undefined);
    const { cluster: other } = cluster(broken, broken, broken, broken);
    expect(await failureOf(other.getClaim(aClaim()))).to.match(/etcd/);
  });
});

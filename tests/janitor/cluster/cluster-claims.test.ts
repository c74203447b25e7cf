import { expect } from "chai";
import type { ClaimMetadata } from "../../../janitor/verdict/claim-metadata.ts";
import { cluster, failureOf } from "./cluster-on-script.ts";

/** All claims of a namespace in one answer. */
const list = (...items: object[]): object => ({
  kind: "PersistentVolumeClaimList",
  items,
  metadata: {},
});

/** What the janitor reads of a claim with this metadata. */
async function listedAs(of: object): Promise<ClaimMetadata | undefined> {
  const { cluster: one } = cluster({
    kind: "PartialObjectMetadataList",
    items: [{ metadata: of }],
    metadata: {},
  });
  const { items } = await one.listClaims("shop", "managed=true");
  return items[0];
}

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
    const claim = await listedAs(metadata);
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
      const claim = await listedAs({ ...metadata, managedFields: [entry] });
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

  describe("when it asks for all of a namespace", () => {
    const source = { kind: "PersistentVolumeClaim", name: "golden" };

    it("asks for claims as a whole, whatever their labels", async () => {
      const { cluster: one, requests } = cluster(list({ metadata, spec: {} }));
      const [listed] = await one.listAllClaims("shop");
      expect(listed?.claim.uid).to.equal("u");
      expect(requests[0]).to.deep.include({
        path: "/api/v1/namespaces/shop/persistentvolumeclaims",
        query: { limit: "500" },
      });
      expect(requests[0]).not.to.have.property("accept");
    });

    const cases: {
      name: string;
      spec: object;
      status?: object;
      clones?: string;
    }[] = [
      {
        name: "a pending claim whose dataSource is a claim",
        spec: { dataSource: source, dataSourceRef: source },
        status: { phase: "Pending" },
        clones: "golden",
      },
      {
        name: "one whose dataSourceRef alone is a claim",
        spec: { dataSourceRef: source },
        clones: "golden",
      },
      {
        name: "one whose dataSourceRef names its own namespace",
        spec: { dataSourceRef: { ...source, namespace: "shop" } },
        clones: "golden",
      },
      {
        name: "a Bound one, which has its copy",
        spec: { dataSource: source },
        status: { phase: "Bound" },
      },
      {
        name: "a Lost one, which had its copy",
        spec: { dataSource: source },
        status: { phase: "Lost" },
      },
      {
        name: "one that comes from a snapshot",
        spec: {
          dataSource: {
            apiGroup: "snapshot.storage.k8s.io",
            kind: "VolumeSnapshot",
            name: "golden",
          },
        },
      },
      {
        name: "one that comes from another API group's claim",
        spec: { dataSourceRef: { ...source, apiGroup: "example.com" } },
      },
      {
        name: "one that comes from another namespace",
        spec: { dataSourceRef: { ...source, namespace: "other" } },
      },
      { name: "one that comes from nothing", spec: {} },
    ];
    for (const { name, spec, status, clones } of cases)
      it(`takes ${name} for ${clones === undefined ? "no pending clone" : "a pending clone"}`, async () => {
        const { cluster: one } = cluster(
          list({ metadata, spec, ...(status && { status }) }),
        );
        const [listed] = await one.listAllClaims("shop");
        expect(listed?.clones).to.equal(clones);
      });

    it("J8 refuses a claim without its spec: what it is made of is unknown", async () => {
      const { cluster: one } = cluster(list({ metadata }));
      expect(await failureOf(one.listAllClaims("shop"))).to.equal(
        "the claim shop/c came without its spec",
      );
    });
  });
});

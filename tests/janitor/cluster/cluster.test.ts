import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { errorMessage } from "../../../functions/contract/error-message.ts";
import { clusterOn } from "../../../janitor/cluster/cluster.ts";
import type { Cluster } from "../../../janitor/cluster/cluster.ts";
import type {
  ClaimIdentity,
  ClaimMetadata,
} from "../../../janitor/verdict/claim-metadata.ts";
import { aClaim, ENDED, LOST_NODE, NOW, RUNNING } from "../objects.ts";
import {
  busy,
  recordedSleep,
  scriptedApiServer,
  unreachable,
} from "./scripted-api-server.ts";
import type { Scripted } from "./scripted-api-server.ts";

const CLAIMS = "/api/v1/namespaces/shop/persistentvolumeclaims";
const notFound = new ApiStatusError(404, "not found");
const conflict = new ApiStatusError(409, "conflict");

/** A clock that stands, and pauses that take no time. */
function standingTime() {
  return { clock: () => 0, sleep: recordedSleep().sleep };
}

/** The cluster of the janitor on an API server that gives these answers, one after the other, and the requests it got. */
function clusterWith(...answers: Scripted[]): {
  cluster: Cluster;
  requests: ReturnType<typeof scriptedApiServer>["requests"];
} {
  const { api, requests } = scriptedApiServer(...answers);
  return {
    cluster: clusterOn(api, { pageSize: 500, ...standingTime() }),
    requests,
  };
}

/** The message with which it fails. Throws when it does not. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return errorMessage(error);
  }
  throw new TypeError("it did not fail");
}

function list(kind: string, ...items: object[]): object {
  return { kind, items, metadata: {} };
}

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

/** What the janitor reads of a claim with this metadata. */
async function listedAs(of: object): Promise<ClaimMetadata | undefined> {
  const { cluster } = clusterWith(
    list("PersistentVolumeClaimList", { metadata: of, spec: {} }),
  );
  const [listed] = await cluster.listAllClaims("shop");
  return listed?.claim;
}

/** Which claim a list of metadata has with this metadata. */
async function foundAs(of: object): Promise<ClaimIdentity | undefined> {
  const { cluster } = clusterWith(
    list("PartialObjectMetadataList", { metadata: of }),
  );
  const { items } = await cluster.listClaims(undefined, "managed=true");
  return items[0];
}

describe("clusterOn lists claims", () => {
  it("and keeps of all namespaces only which claims there are", async () => {
    expect(await foundAs(metadata)).to.deep.equal({
      namespace: "shop",
      name: "c",
      uid: "u",
      createdAt: Date.parse("2030-01-01T11:00:00Z"),
    });
  });

  it("J13 with the time of the newest write", async () => {
    expect(await listedAs(metadata)).to.deep.include({
      createdAt: Date.parse("2030-01-01T11:00:00Z"),
      changedAt: Date.parse("2030-01-01T11:30:00Z"),
      deletedAt: undefined,
    });
  });

  const janitor = "stateful-deployments-janitor";
  const time = "2030-01-01T11:20:00Z";
  const mark = {
    "f:metadata": { "f:annotations": { "f:volume-claim/unused-since": {} } },
  };
  const owners = { "f:metadata": { "f:ownerReferences": {} } };
  const writers: [title: string, entry: object, counts: boolean][] = [
    ["a mark of the janitor", { manager: janitor, time, fieldsV1: mark }, true],
    [
      "no mark of somebody else",
      { manager: "kubectl-annotate", time, fieldsV1: mark },
      false,
    ],
    [
      "no mark where the janitor wrote something else",
      { manager: janitor, time, fieldsV1: owners },
      false,
    ],
    [
      "no mark that was written at no known time",
      { manager: janitor, fieldsV1: mark },
      false,
    ],
  ];
  for (const [title, entry, counts] of writers)
    it(`J12 with ${title}`, async () => {
      const claim = await listedAs({ ...metadata, managedFields: [entry] });
      expect(claim?.markWrittenAt).to.equal(
        counts ? Date.parse(time) : undefined,
      );
    });

  it("J8 and rejects the list when a claim has not all that identifies it", async () => {
    for (const field of ["namespace", "name", "uid", "creationTimestamp"])
      for (const read of [foundAs, listedAs])
        expect(
          await failureOf(read({ ...metadata, [field]: undefined })),
        ).to.match(/came without its uid or creationTimestamp/);
    expect(
      await failureOf(listedAs({ ...metadata, resourceVersion: undefined })),
    ).to.match(/came without its resourceVersion/);
  });
});

describe("clusterOn lists all claims of a namespace", () => {
  const kind = "PersistentVolumeClaimList";

  it("as a whole, whatever their labels", async () => {
    const { cluster, requests } = clusterWith(
      list(kind, { metadata, spec: {} }),
    );
    const [listed] = await cluster.listAllClaims("shop");
    expect(listed?.claim.uid).to.equal("u");
    expect(requests[0]).to.deep.include({
      path: CLAIMS,
      query: { limit: "500" },
    });
    expect(requests[0]).not.to.have.property("accept");
  });

  const source = { kind: "PersistentVolumeClaim", name: "golden" };
  const apiGroup = "snapshot.storage.k8s.io";
  const cases: [title: string, spec: object, phase?: string][] = [
    [
      "a pending claim with the claim golden as its dataSource",
      { dataSource: source, dataSourceRef: source },
      "Pending",
    ],
    [
      "a claim with the claim golden as its dataSourceRef alone",
      { dataSourceRef: { ...source, namespace: "shop" } },
    ],
    ["no clone: it is Bound", { dataSource: source }, "Bound"],
    ["no clone: it is Lost", { dataSource: source }, "Lost"],
    [
      "no clone: its source is a snapshot",
      { dataSource: { ...source, kind: "VolumeSnapshot", apiGroup } },
    ],
    [
      "no clone: its source is of another API group",
      { dataSourceRef: { ...source, apiGroup } },
    ],
    [
      "no clone: its source is in another namespace",
      { dataSourceRef: { ...source, namespace: "other" } },
    ],
    ["no clone: it has no source", {}],
  ];
  for (const [title, spec, phase] of cases)
    it(`and finds ${title}`, async () => {
      const { cluster } = clusterWith(
        list(kind, { metadata, spec, ...(phase && { status: { phase } }) }),
      );
      const [listed] = await cluster.listAllClaims("shop");
      expect(listed?.clones).to.equal(
        title.startsWith("no clone") ? undefined : "golden",
      );
    });

  it("J8 and rejects the list when a claim has no spec", async () => {
    const { cluster } = clusterWith(list(kind, { metadata }));
    expect(await failureOf(cluster.listAllClaims("shop"))).to.equal(
      "the claim shop/c came without its spec",
    );
  });
});

/** The query of a first page that is not older than this version. */
function notOlderThan(resourceVersion: string): object {
  return {
    limit: "500",
    resourceVersion,
    resourceVersionMatch: "NotOlderThan",
  };
}

/** A list of so many Pods. */
function pods(count: number): object {
  const items = Array.from({ length: count }, (_, index) => ({
    metadata: { name: `p${index}` },
    spec: {},
  }));
  return list("PodList", ...items);
}

describe("clusterOn lists Pods", () => {
  for (const [pageSize, limit] of [
    [500, "2000"],
    [10, "40"],
    [3_000, "5000"],
  ] as const)
    it(`in pages of ${limit} instead of ${pageSize} in a hurry, where they were more than a page`, async () => {
      const many = pods(pageSize + 1);
      const noClaims = list("PersistentVolumeClaimList");
      const { api, requests } = scriptedApiServer(
        many,
        many,
        many,
        pods(0),
        noClaims,
        noClaims,
      );
      const cluster = clusterOn(api, { pageSize, ...standingTime() });
      await cluster.listPods("shop");
      await cluster.listPods("shop", { hurry: true });
      await cluster.listPods("shop");
      await cluster.listPods("another", { hurry: true });
      await cluster.listAllClaims("shop", { hurry: true });
      await cluster.listAllClaims("shop");
      const usual = String(pageSize);
      expect(requests.map(({ query }) => query?.["limit"])).to.deep.equal([
        usual,
        limit,
        usual,
        usual,
        limit,
        usual,
      ]);
    });

  it("in large pages one namespace after the other, which bounds its memory", async () => {
    let underWay = 0;
    let most = 0;
    const cluster = clusterOn(
      async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await tick();
        underWay -= 1;
        return { status: 200, body: pods(11), serverTime: undefined };
      },
      { pageSize: 10, ...standingTime() },
    );
    const namespaces = ["a", "b", "c"];
    await Promise.all(namespaces.map((name) => cluster.listPods(name)));
    expect(most).to.equal(3);
    most = 0;
    await Promise.all(
      namespaces.map((name) => cluster.listPods(name, { hurry: true })),
    );
    expect(most).to.equal(1);
  });

  it("J4 with what verdicts need, and nothing else", async () => {
    const { cluster } = clusterWith(
      list(
        "PodList",
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
              { name: "tmp", emptyDir: {} },
            ],
          },
          status: { phase: "Running", podIP: "192.0.2.1" },
        },
        {
          metadata: { name: "web-2" },
          spec: {
            containers: [{ name: "app" }, { name: "unseen", args: [] }],
            volumes: [{ name: "v", persistentVolumeClaim: { claimName: "d" } }],
          },
          status: {
            phase: "Failed",
            containerStatuses: [ENDED],
            initContainerStatuses: [RUNNING],
            conditions: [{ type: "Ready", status: "False" }, LOST_NODE],
          },
        },
        {
          metadata: { name: "web-3", uid: "u-3", resourceVersion: "7" },
          spec: { containers: [], volumes: [{ name: "tmp", emptyDir: {} }] },
          status: { phase: "Failed" },
        },
      ),
    );
    expect(await cluster.listPods("shop")).to.deep.equal([
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
      {
        metadata: { name: "web-2" },
        spec: {
          containers: [{ name: "unseen" }],
          volumes: [{ name: "v", persistentVolumeClaim: { claimName: "d" } }],
        },
        status: {
          phase: "Failed",
          containerStatuses: [RUNNING],
          conditions: [LOST_NODE],
        },
      },
      { metadata: { name: "web-3", uid: "u-3" } },
    ]);
  });

  for (const [what, pod] of [
    ["its spec", { metadata: { name: "web-1" } }],
    ["its name", { metadata: {}, spec: { containers: [] } }],
  ] as const)
    it(`J8 and rejects the list when a Pod is without ${what}`, async () => {
      const { cluster } = clusterWith(list("PodList", pod));
      expect(await failureOf(cluster.listPods("shop"))).to.equal(
        `a Pod came without ${what}`,
      );
    });
});

describe("clusterOn asks for the current state", () => {
  const allClaims = { metadata: { resourceVersion: "41" }, items: null };
  const allPods = { metadata: { resourceVersion: "42" }, items: null };
  const young = { maxAgeMs: 75 };

  for (const [where, namespaces, path] of [
    ["in all namespaces", [], "/api/v1"],
    ["in the first that it has rights in", ["a", "b"], "/api/v1/namespaces/a"],
  ] as const)
    it(`of the resource ${where}, with one item, and its lists are not older`, async () => {
      const { api, requests } = scriptedApiServer(
        allClaims,
        list("PersistentVolumeClaimList"),
        allPods,
        list("PodList"),
      );
      const cluster = clusterOn(api, {
        pageSize: 500,
        namespaces,
        ...standingTime(),
      });
      const ofClaims = await cluster.recentState(
        "persistentvolumeclaims",
        young,
      );
      expect(ofClaims).to.deep.include({ asOf: 0, resourceVersion: "41" });
      await cluster.listAllClaims("shop", { notOlderThan: ofClaims });
      const ofPods = await cluster.recentState("pods", young);
      expect(ofPods).to.deep.include({ asOf: 0, resourceVersion: "42" });
      await cluster.listPods("shop", { notOlderThan: ofPods });
      expect(
        requests.map(({ path: asked, query }) => [asked, query]),
      ).to.deep.equal([
        [`${path}/persistentvolumeclaims`, { limit: "1" }],
        [CLAIMS, notOlderThan("41")],
        [`${path}/pods`, { limit: "1" }],
        ["/api/v1/namespaces/shop/pods", notOlderThan("42")],
      ]);
    });

  it("J8 and lists without it when the answer has no version", async () => {
    const { cluster } = clusterWith({ metadata: {}, items: null });
    expect(await cluster.recentState("pods", young)).to.deep.equal({
      asOf: 0,
    });
  });
});

describe("clusterOn", () => {
  const deletionTimestamp = "2030-01-01T11:00:00Z";
  const phases: [answer: Scripted, phase: string][] = [
    [{ metadata: {}, status: { phase: "Active" } }, "active"],
    [{ metadata: {}, status: { phase: "Terminating" } }, "terminating"],
    [{ metadata: { deletionTimestamp } }, "terminating"],
    [notFound, "missing"],
  ];
  for (const [answer, phase] of phases)
    it(`J16 finds a namespace ${phase} by ${answer === notFound ? "404" : JSON.stringify(answer)}`, async () => {
      const { cluster } = clusterWith(answer);
      expect(await cluster.namespacePhase("shop")).to.equal(phase);
    });

  const uid = "uid-of-request-1";
  const ownerReferences = [
    { apiVersion: "v1", kind: "Pod", name: "web-1", uid: "uid-of-web-1" },
  ];
  const annotations = { "volume-claim/unused-since": null };
  const writes: {
    name: string;
    write: (cluster: Cluster) => Promise<string>;
    request: object;
  }[] = [
    {
      name: "delete",
      write: async (cluster) =>
        (await cluster.deleteClaim(aClaim(), () => true)).outcome,
      request: {
        method: "DELETE",
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          preconditions: { uid, resourceVersion: "7" },
        },
      },
    },
    {
      name: "patch",
      write: (cluster) =>
        cluster.patchClaim(aClaim(), { ownerReferences, unusedSince: null }),
      request: {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        body: {
          metadata: { uid, resourceVersion: "7", ownerReferences, annotations },
        },
        // By this name it knows its marks again.
        query: { fieldManager: "stateful-deployments-janitor" },
      },
    },
    {
      name: "adoption",
      write: (cluster) => cluster.adoptClaim(aClaim(), ownerReferences),
      request: {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        body: { metadata: { uid, resourceVersion: "7", ownerReferences } },
      },
    },
  ];
  for (const { name, write, request } of writes) {
    it(`J10 sends a ${name} on the condition of uid and resourceVersion; 404 and 409 are normal outcomes`, async () => {
      const { cluster, requests } = clusterWith({}, notFound, conflict);
      expect(await write(cluster)).to.equal("done");
      expect(await write(cluster)).to.equal("gone-already");
      expect(await write(cluster)).to.equal("changed-meanwhile");
      expect(requests[0]).to.deep.include({
        path: `${CLAIMS}/${aClaim().name}`,
        ...request,
      });
    });

    it(`J9 ${name === "patch" ? "repeats" : "never repeats"} a ${name}`, async () => {
      const { cluster, requests } = clusterWith(unreachable, busy(), {});
      if (name === "patch") expect(await write(cluster)).to.equal("done");
      else {
        // The re-check before it would be old by then.
        expect(await failureOf(write(cluster))).to.match(/no answer in time/);
        expect(requests).to.have.length(1);
      }
    });
  }

  it("gives the API server's time of a delete", async () => {
    const { cluster } = clusterWith({});
    const { at } = await cluster.deleteClaim(aClaim(), () => true);
    expect(at).to.equal(NOW);
  });

  it("removes a mark from any version of the claim, since another write must not keep the mark", async () => {
    const { cluster, requests } = clusterWith({});
    await cluster.patchClaim(aClaim(), { unusedSince: null });
    expect(requests[0]?.body).to.deep.equal({ metadata: { uid, annotations } });
  });
});

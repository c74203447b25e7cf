import { expect } from "chai";
import {
  claim,
  CLONE,
  NEWEST,
  readySnapshot,
  resolved,
  SNAPSHOT,
} from "./data-sources-on-script.ts";

const SNAPSHOTS = "/apis/snapshot.storage.k8s.io/v1/namespaces/shop";

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
});

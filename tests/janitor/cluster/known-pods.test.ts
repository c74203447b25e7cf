import { expect } from "chai";
import { clusterOn } from "../../../janitor/cluster/cluster.ts";
import { knownPods } from "../../../janitor/cluster/known-pods.ts";
import { recordedSleep, scriptedApiServer } from "./scripted-api-server.ts";

const METADATA = "PartialObjectMetadataList";

/** Metadata of a Pod, as the API server sends it. */
function metadata(name: string, resourceVersion: string, more: object = {}) {
  return {
    metadata: {
      name,
      uid: `u-${name}`,
      resourceVersion,
      ...more,
    },
  };
}

/** A Pod that uses a claim of its name. */
function pod(name: string, phase: string, resourceVersion = "1") {
  return {
    ...metadata(name, resourceVersion),
    spec: {
      containers: [],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: name } }],
    },
    status: { phase },
  };
}

function list(kind: string, ...items: object[]): object {
  return { kind, items, metadata: {} };
}

const RUNNING_AND_FINISHED = list(
  "PodList",
  pod("running", "Running"),
  pod("finished", "Failed"),
);

/** What a second list gives where the first had one running Pod and one finished one, and the forms of the lists. */
function listAgain(...answers: object[]) {
  return listAfter(RUNNING_AND_FINISHED, ...answers);
}

async function listAfter(first: object, ...answers: object[]) {
  const { api, requests } = scriptedApiServer(first, ...answers);
  const cluster = clusterOn(api, {
    pageSize: 500,
    clock: () => 0,
    sleep: recordedSleep().sleep,
  });
  const known = knownPods(await cluster.listPods("shop"));
  const notOlderThan = { asOf: 0, resourceVersion: "7" };
  const pods = await cluster.listPods("shop", {
    known,
    notOlderThan,
    hurry: true,
  });
  return {
    pods,
    forms: requests
      .slice(1)
      .map(({ accept }) =>
        accept?.includes(METADATA) ? "metadata" : "whole objects",
      ),
    versions: requests
      .slice(1)
      .map(({ query }) => [
        query?.["resourceVersion"],
        query?.["resourceVersionMatch"],
      ]),
  };
}

describe("a list of Pods that are known", () => {
  it("asks for their metadata, and not for an older state", async () => {
    const { pods, forms, versions } = await listAgain(
      list(METADATA, metadata("running", "1"), metadata("finished", "1")),
    );
    expect(forms).to.deep.equal(["metadata"]);
    expect(versions).to.deep.equal([["7", "NotOlderThan"]]);
    expect(pods).to.deep.equal([
      pod("running", "Running"),
      pod("finished", "Failed"),
    ]);
  });

  it("J4 asks for no more about a Pod without claims, whatever has become of it", async () => {
    const { pods, forms } = await listAfter(
      list("PodList", {
        ...metadata("without-claims", "1"),
        spec: { containers: [], volumes: [{ name: "tmp", emptyDir: {} }] },
        status: { phase: "Failed" },
      }),
      list(METADATA, metadata("without-claims", "2", { labels: { a: "b" } })),
    );
    expect(forms).to.deep.equal(["metadata"]);
    expect(pods).to.deep.equal([
      { metadata: { name: "without-claims", uid: "u-without-claims" } },
    ]);
  });

  it("lacks those that are gone", async () => {
    const { pods } = await listAgain(list(METADATA, metadata("running", "1")));
    expect(pods.map((one) => one.metadata?.name)).to.deep.equal(["running"]);
  });

  it("J5 takes a Pod that has changed for one that still runs, with its metadata as it is now", async () => {
    const { pods, forms } = await listAgain(
      list(
        METADATA,
        metadata("running", "2", {
          labels: { a: "b" },
          deletionTimestamp: "2030-01-01T11:00:00Z",
        }),
      ),
    );
    expect(forms).to.deep.equal(["metadata"]);
    expect(pods).to.deep.equal([
      {
        ...pod("running", "Running"),
        metadata: {
          ...metadata("running", "2").metadata,
          labels: { a: "b" },
          deletionTimestamp: new Date("2030-01-01T11:00:00Z"),
        },
      },
    ]);
  });

  for (const [title, changed] of [
    ["J1 one is new", metadata("new", "2")],
    [
      "J1 one was created again under its name",
      metadata("running", "2", { uid: "another" }),
    ],
    ["J1 one has no uid", metadata("running", "1", { uid: undefined })],
    ["J4 one that has finished has changed", metadata("finished", "2")],
  ] as const)
    it(`asks for the whole objects of all when ${title}`, async () => {
      const whole = pod("new", "Pending");
      const { pods, forms, versions } = await listAgain(
        list(METADATA, metadata("running", "1"), changed),
        list("PodList", whole),
      );
      expect(forms).to.deep.equal(["metadata", "whole objects"]);
      expect(versions[1]).to.deep.equal(["7", "NotOlderThan"]);
      expect(pods).to.deep.equal([whole]);
    });

  for (const [title, items] of [
    ["empty", []],
    ["null", null],
  ] as const)
    it(`J8 asks for the whole objects when the metadata are ${title}: a broken answer may look like that`, async () => {
      const whole = pod("running", "Running");
      const { pods, forms } = await listAgain(
        { kind: METADATA, items, metadata: {} },
        list("PodList", whole),
      );
      expect(forms).to.deep.equal(["metadata", "whole objects"]);
      expect(pods).to.deep.equal([whole]);
    });

  it("J8 is rejected when a Pod has no name", async () => {
    const nameless = metadata("running", "1", { name: undefined });
    expect(await listAgain(list(METADATA, nameless)).catch(String)).to.match(
      /a Pod came without its name/,
    );
  });
});

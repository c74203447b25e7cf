import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import { NOT_FOUND, cluster, failureOf } from "./cluster-on-script.ts";
import { clusterOn } from "../../../janitor/cluster/cluster.ts";
import { ENDED, LOST_NODE, RUNNING } from "../objects.ts";
import { recordedSleep, scriptedApiServer } from "./scripted-api-server.ts";
import type { Scripted } from "./scripted-api-server.ts";

describe("the Pods and namespaces of clusterOn", () => {
  for (const { pageSize, limit } of [
    { pageSize: 500, limit: "2000" },
    { pageSize: 10, limit: "40" },
    { pageSize: 3_000, limit: "5000" },
  ])
    it(`asks for pages of ${limit} instead of ${pageSize} Pods in a hurry, where these were more than a page`, async () => {
      const items = Array.from({ length: pageSize + 1 }, (_, index) => ({
        metadata: { name: `p${index}` },
        spec: {},
      }));
      const { api, requests } = scriptedApiServer(
        { kind: "PodList", items, metadata: {} },
        { kind: "PodList", items, metadata: {} },
        { kind: "PodList", items, metadata: {} },
        { kind: "PodList", items: [], metadata: {} },
      );
      const one = clusterOn(api, { pageSize, ...recordedSleep() });
      await one.listPods("shop");
      await one.listPods("shop", "hurry");
      await one.listPods("shop");
      await one.listPods("another", "hurry");
      expect(requests.map(({ query }) => query?.["limit"])).to.deep.equal([
        String(pageSize),
        limit,
        String(pageSize),
        String(pageSize),
      ]);
    });

  it("lists in large pages one namespace after the other, which bounds its memory", async () => {
    const items = Array.from({ length: 11 }, (_, index) => ({
      metadata: { name: `p${index}` },
      spec: {},
    }));
    let underWay = 0;
    let most = 0;
    const one = clusterOn(
      async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await tick();
        underWay -= 1;
        return {
          status: 200,
          body: { kind: "PodList", items, metadata: {} },
          serverTime: undefined,
        };
      },
      { pageSize: 10, ...recordedSleep() },
    );
    const namespaces = ["a", "b", "c"];
    await Promise.all(namespaces.map((name) => one.listPods(name)));
    expect(most).to.equal(3);
    most = 0;
    await Promise.all(namespaces.map((name) => one.listPods(name, "hurry")));
    expect(most).to.equal(1);
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
    { name: "missing", answer: NOT_FOUND, phase: "missing" },
  ];
  for (const { name, answer, phase } of phases)
    it(`J16 sees a namespace that is ${name}`, async () => {
      const { cluster: one } = cluster(answer);
      expect(await one.namespacePhase("shop")).to.equal(phase);
    });
});

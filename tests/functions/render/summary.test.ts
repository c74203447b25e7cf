import { expect } from "chai";
import { parseQuantity } from "../../../functions/kubernetes/quantity.ts";
import {
  formatStorage,
  summarizeVolumes,
  summaryTable,
  totalsOf,
} from "../../../functions/render/summary.ts";
import { rendered } from "./rendered.ts";

/** A workload with volume `data`, from YAML of its spec around the Pod template. */
function workload(
  kind: string,
  name: string,
  {
    spec = "",
    namespace = "",
    more = "",
  }: {
    readonly spec?: string;
    readonly namespace?: string;
    readonly more?: string;
  } = {},
): string {
  return `kind: ${kind}
metadata: { name: ${name}${namespace && `, namespace: ${namespace}`} }
spec:
  ${spec || "x: 1"}
  template:
    metadata:
      annotations:
        volume-claim-template/name: data
        volume-claim-template/storage: 10Gi
        ${more}
    spec:
      containers: [{ name: app, volumeMounts: [{ name: data }] }]
      volumes: [{ name: data, emptyDir: {} }]
`;
}

/** A task of a Job of Volcano. */
const task = (replicas: number): string => `
    - replicas: ${replicas}
      template:
        metadata:
          annotations: { volume-claim-template/name: data, volume-claim-template/storage: 10Gi }
        spec:
          containers: [{ name: app, volumeMounts: [{ name: data }] }]
          volumes: [{ name: data, emptyDir: {} }]`;

const SEVERAL = `kind: Deployment
metadata: { name: two }
spec:
  replicas: 4
  template:
    metadata:
      annotations:
        volume-claim-template/retention: Retain
        volume-claim-template/templates: |
          - metadata:
              name: logs
              annotations: { volume-claim-template/retention: Delete }
            spec:
              accessModes: [ReadWriteMany, ReadOnlyMany]
              storageClassName: ""
              resources: { requests: { storage: 500M } }
          - metadata:
              name: data
              annotations: { volume-claim-template/idle-ttl: 7d }
            spec:
              accessModes: [ReadWriteOncePod]
              storageClassName: fast
              resources: { requests: { storage: 1.5Ti } }
    spec:
      containers: [{ name: app, volumeMounts: [{ name: data }, { name: logs }] }]
      volumes: [{ name: data, emptyDir: {} }, { name: logs, emptyDir: {} }]
`;

async function tableOf(...texts: readonly string[]): Promise<string> {
  const { renderings, problems } = await rendered(texts.join("---\n"));
  expect(problems).to.deep.equal([]);
  return summaryTable(summarizeVolumes(renderings));
}

describe("the summary", () => {
  it("has a line for each volume and a total for each class", async () => {
    expect(
      await tableOf(
        workload("Deployment", "web", { spec: "replicas: 3" }),
        SEVERAL,
        workload("Job", "sort", {
          spec: "parallelism: 2\n  completions: 5",
          more: "volume-claim-template/finished-pods: Release",
        }),
        workload("Job", "keep", { spec: "parallelism: 2\n  completions: 5" }),
      ),
    ).to.equal(`\
WORKLOAD         VOLUME   CLASS       SIZE    MODES     LIFE CYCLE        REPLICAS   CLAIMS   ROLLOUT   STORAGE
Deployment/web   data     (default)   10Gi    RWO       Delete            3          3        +1        30Gi
Deployment/two   logs     (none)      500M    RWX,ROX   Delete            4          4        +1        2G
Deployment/two   data     fast        1.5Ti   RWOP      Retain 7d         4          4        +1        6Ti
Job/sort         data     (default)   10Gi    RWO       Delete, Release   2          2        -         20Gi
Job/keep         data     (default)   10Gi    RWO       Delete            2          5        -         50Gi

total (default): 10 claims, 100Gi; up to 11, 110Gi, during rollouts
total (none): 4 claims, 2G; up to 5, 2.5G, during rollouts
total fast: 4 claims, 6Ti; up to 5, 7.5Ti, during rollouts
`);
  });

  it("counts on each node, names namespaces where there are any, and says what it does not know", async () => {
    expect(
      await tableOf(
        workload("DaemonSet", "agent", { namespace: "system" }),
        workload("Rollout", "web", { spec: "replicas: 2" }),
        workload("Deployment", "none", { spec: "replicas: 0" }),
      ),
    ).to.equal(`\
NAMESPACE   WORKLOAD          VOLUME   CLASS       SIZE   MODES   LIFE CYCLE   REPLICAS     CLAIMS       ROLLOUT   STORAGE
system      DaemonSet/agent   data     (default)   10Gi   RWO     Delete       1 per node   1 per node   -         10Gi per node
            Rollout/web       data     (default)   10Gi   RWO     Delete       2            2            ?         20Gi
            Deployment/none   data     (default)   10Gi   RWO     Delete       0            0            -         0

total (default): 2 claims, 20Gi; 1 claim, 10Gi, on each node
? how this kind rolls out is not known here, and not in the totals
`);
  });

  it("does not speak of claims that are not on each node where there are none", async () => {
    expect(await tableOf(workload("DaemonSet", "agent"))).to.include(
      "\ntotal (default): 1 claim, 10Gi, on each node\n",
    );
  });

  it("tells kinds of the same name apart, and counts none whose Pods nobody here can count", async () => {
    expect(
      await tableOf(
        `apiVersion: batch.volcano.sh/v1alpha1
kind: Job
metadata: { name: train }
spec:
  minAvailable: 7
  tasks:${task(5)}${task(2)}
`,
        `apiVersion: example.com/v1\n${workload("Fleet", "ships")}`,
        `apiVersion: apps/v1\n${workload("Deployment", "web")}`,
      ),
    ).to.equal(`\
WORKLOAD                     VOLUME   CLASS       SIZE   MODES   LIFE CYCLE   REPLICAS   CLAIMS      ROLLOUT   STORAGE
Job.batch.volcano.sh/train   data     (default)   10Gi   RWO     Delete       5          5           ?         50Gi
Job.batch.volcano.sh/train   data     (default)   10Gi   RWO     Delete       2          2           ?         20Gi
Fleet/ships                  data     (default)   10Gi   RWO     Delete       ?          1 per Pod   ?         10Gi per Pod
Deployment/web               data     (default)   10Gi   RWO     Delete       1          1           +1        10Gi

total (default): 8 claims, 80Gi; up to 9, 90Gi, during rollouts; without 1 volume of an unknown number of Pods
? how this kind rolls out is not known here, and not in the totals
? how many Pods this kind has is not known here, and their claims are not in the totals
`);
  });

  it("is exact for machines of what nobody can count", async () => {
    const { renderings } = await rendered(
      `apiVersion: example.com/v1\n${workload("Fleet", "ships")}`,
    );
    const volumes = summarizeVolumes(renderings);
    expect(volumes).to.have.lengthOf(1);
    expect(volumes[0]).to.include({
      replicas: null,
      claims: null,
      rolloutClaims: null,
      storageBytes: null,
      sizeBytes: 10 * 2 ** 30,
    });
    expect(totalsOf(volumes)).to.deep.equal([
      {
        claims: 0,
        storageBytes: 0,
        rolloutClaims: 0,
        rolloutStorageBytes: 0,
        claimsPerNode: 0,
        storageBytesPerNode: 0,
        volumesNotCounted: 1,
      },
    ]);
  });

  it("is exact for machines", async () => {
    const { renderings } = await rendered(
      [
        workload("Deployment", "web", {
          spec: "replicas: 3",
          namespace: "shop",
        }),
        workload("DaemonSet", "agent"),
      ].join("---\n"),
    );
    const volumes = summarizeVolumes(renderings);
    const one = {
      volume: "data",
      size: "10Gi",
      accessModes: ["ReadWriteOnce"],
      lifeCycle: "Delete",
      sizeBytes: 10 * 2 ** 30,
    };
    expect(volumes).to.deep.equal([
      {
        ...one,
        workload: "Deployment/web",
        namespace: "shop",
        replicas: 3,
        claims: 3,
        rolloutClaims: 1,
        storageBytes: 30 * 2 ** 30,
        perNode: false,
      },
      {
        ...one,
        workload: "DaemonSet/agent",
        replicas: 1,
        claims: 1,
        rolloutClaims: 0,
        storageBytes: 10 * 2 ** 30,
        perNode: true,
      },
    ]);
    expect(totalsOf(volumes)).to.deep.equal([
      {
        claims: 3,
        storageBytes: 30 * 2 ** 30,
        rolloutClaims: 4,
        rolloutStorageBytes: 40 * 2 ** 30,
        claimsPerNode: 1,
        storageBytesPerNode: 10 * 2 ** 30,
        volumesNotCounted: 0,
      },
    ]);
  });
});

describe("formatStorage", () => {
  const cases: readonly (readonly [quantity: string, shown: string])[] = [
    ["0", "0"],
    ["10Gi", "10Gi"],
    ["30720Mi", "30Gi"],
    ["1.5Ti", "1.5Ti"],
    ["500M", "500M"],
    ["1500M", "1.5G"],
    ["1234M", "1234M"],
    ["1T", "1T"],
    ["512", "512"],
    ["0.5", "0.5"],
    ["10737418241", "10.00Gi"],
    ["100000000001", "93.13Gi"],
  ];
  for (const [quantity, shown] of cases)
    it(`shows ${quantity} as ${shown}`, () => {
      expect(formatStorage(parseQuantity(quantity) ?? Number.NaN)).to.equal(
        shown,
      );
    });
});

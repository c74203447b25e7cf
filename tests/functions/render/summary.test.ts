import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { parseQuantity } from "../../../functions/contract/quantity.ts";
import {
  formatStorage,
  summarizeVolumes,
  summaryTable,
  totalsOf,
} from "../../../functions/render/summary.ts";
import { rendered } from "./rendered.ts";

const workloads = parse(
  readFileSync(new URL("summary.yaml", import.meta.url), "utf8"),
  { merge: true },
) as Readonly<Record<string, object>>;

type Volumes = ReturnType<typeof summarizeVolumes>;

/** Of workloads by their names in summary.yaml. */
async function volumesOf(...names: readonly string[]): Promise<Volumes> {
  const texts = names.map((name) => stringify(workloads[name]));
  const { renderings, problems } = await rendered(texts.join("---\n"));
  expect(problems).to.deep.equal([]);
  return summarizeVolumes(renderings);
}

describe("the summary", () => {
  it("has a line for each volume and a total for each class", async () => {
    const volumes = await volumesOf("web", "two", "sort", "keep");
    expect(summaryTable(volumes)).to.equal(`\
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

  it("counts on each node, shows namespaces, tells kinds of one name apart, and says what is not known", async () => {
    const volumes = await volumesOf("agent of shop", "none", "train", "ships");
    expect(summaryTable(volumes)).to.equal(`\
NAMESPACE   WORKLOAD                     VOLUME   CLASS       SIZE   MODES   LIFE CYCLE   REPLICAS     CLAIMS       ROLLOUT   STORAGE
shop        DaemonSet/agent              data     (default)   10Gi   RWO     Delete       1 per node   1 per node   -         10Gi per node
            Deployment/none              data     (default)   10Gi   RWO     Delete       0            0            -         0
            Job.batch.volcano.sh/train   data     (default)   10Gi   RWO     Delete       5            5            ?         50Gi
            Job.batch.volcano.sh/train   data     (default)   10Gi   RWO     Delete       2            2            ?         20Gi
            Fleet/ships                  data     (default)   10Gi   RWO     Delete       ?            1 per Pod    ?         10Gi per Pod

total (default): 7 claims, 70Gi; 1 claim, 10Gi, on each node; without 1 volume of an unknown number of Pods
? render does not know how this kind rolls out; the totals leave that out
? render does not know how many Pods this kind has; the totals leave their claims out
`);
    const onNodes = await volumesOf("agent");
    expect(summaryTable(onNodes)).to.include(
      "\ntotal (default): 1 claim, 10Gi, on each node\n",
    );
  });

  it("is exact for programs", async () => {
    const volumes = await volumesOf("web of shop", "agent", "ships");
    const gi = 2 ** 30;
    const [web, ...others] = volumes;
    expect(web).to.deep.equal({
      workload: "Deployment/web",
      namespace: "shop",
      volume: "data",
      size: "10Gi",
      accessModes: ["ReadWriteOnce"],
      lifeCycle: "Delete",
      sizeBytes: 10 * gi,
      perNode: false,
      replicas: 3,
      claims: 3,
      rolloutClaims: 1,
      storageBytes: 30 * gi,
    });
    const counts = others.map((one) => [
      one.workload,
      one.namespace,
      one.perNode,
      one.replicas,
      one.claims,
      one.rolloutClaims,
      one.storageBytes,
    ]);
    expect(counts).to.deep.equal([
      ["DaemonSet/agent", undefined, true, 1, 1, 0, 10 * gi],
      ["Fleet/ships", undefined, false, null, null, null, null],
    ]);
    expect(totalsOf(volumes)).to.deep.equal([
      {
        claims: 3,
        storageBytes: 30 * gi,
        rolloutClaims: 4,
        rolloutStorageBytes: 40 * gi,
        claimsPerNode: 1,
        storageBytesPerNode: 10 * gi,
        volumesNotCounted: 1,
      },
    ]);
  });

  it("shows the shortest quantity, and rounds a long one", () => {
    for (const [quantity, shown] of Object.entries({
      "0": "0",
      "30720Mi": "30Gi",
      "1.5Ti": "1.5Ti",
      "1500M": "1.5G",
      "1234M": "1234M",
      "512": "512",
      "0.5": "0.5",
      "10737418241": "10.00Gi",
      "100000000001": "93.13Gi",
    }))
      expect(formatStorage(parseQuantity(quantity) ?? Number.NaN)).to.equal(
        shown,
      );
  });
});

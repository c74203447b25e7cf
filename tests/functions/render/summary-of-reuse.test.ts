import { expect } from "chai";
import { stringify } from "yaml";
import {
  summarizeVolumes,
  summaryTable,
} from "../../../functions/render/summary.ts";
import { prefixed } from "../../support/builders.ts";
import { rendered } from "./rendered.ts";
import type { Rendered } from "./rendered.ts";

type Keys = Readonly<Record<string, string>>;

/** A Pod template whose volume `cache` is reused, with these keys of the contract, written without their prefix. */
function reusing(keys: Keys = {}): object {
  return {
    metadata: {
      annotations: prefixed({
        name: "cache",
        storage: "1Gi",
        retention: "Reuse",
        ...keys,
      }),
    },
    spec: {
      containers: [{ name: "app", volumeMounts: [{ name: "cache" }] }],
      volumes: [{ name: "cache", emptyDir: {} }],
    },
  };
}

const of = (kind: string, template: object, spec: object = {}): string =>
  stringify({ kind, metadata: { name: "web" }, spec: { ...spec, template } });

const rolling = (maxSurge: number | string): object => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge } },
});

const KNATIVE = `apiVersion: serving.knative.dev/v1\n${of("Service", reusing())}`;
const CRON = stringify({
  kind: "CronJob",
  metadata: { name: "web" },
  spec: { jobTemplate: { spec: { template: reusing() } } },
});
const POD = stringify({
  kind: "Pod",
  ...reusing({ pool: "scratch" }),
});

async function renderedOnly(text: string): Promise<Rendered> {
  const all = await rendered(text);
  expect(all.problems).to.deep.equal([]);
  return all;
}

const HIT = "hit: each new Pod gets the claims of one that has gone";
const MISS = "miss: the new Pods come before the old ones go; ";
const LATER = "the first rollout creates claims, and the next ones find them";
const BOUNDED =
  "hit or wait: the new Pods come before the old ones go, and at max-sets they wait for them";
const NEXT = "hit: each Pod gets the claims of one that has ended before";
const UNKNOWN = "? render does not know how this kind rolls out";

describe("render of claims that are reused", () => {
  /** What it says of a pool, by the manifest. */
  const finds: Record<string, [text: string, says: string]> = {
    "a Deployment, which surges by default": [
      of("Deployment", reusing()),
      `Deployment/web, pool Deployment web, Create: ${MISS}${LATER}`,
    ],
    "a Deployment with a surge of a percentage, and no Pod yet": [
      of("Deployment", reusing(), { replicas: 0, ...rolling("10%") }),
      `Deployment/web, pool Deployment web, Create: ${MISS}${LATER}`,
    ],
    "a Deployment with a surge, whose Pods wait": [
      of("Deployment", reusing({ "on-miss": "Wait" })),
      `Deployment/web, pool Deployment web, Wait: ${MISS}each of them gets new claims`,
    ],
    "a Deployment with a surge and a bound": [
      of("Deployment", reusing({ "on-miss": "Wait", "max-sets": "3" })),
      `Deployment/web, pool Deployment web, Wait: ${BOUNDED}`,
    ],
    "a Deployment with Recreate and a pool": [
      of("Deployment", reusing({ pool: "db", "on-miss": "Wait" }), {
        strategy: { type: "Recreate" },
      }),
      `Deployment/web, pool db, Wait: ${HIT}`,
    ],
    "a Deployment with maxSurge 0": [
      of("Deployment", reusing(), rolling(0)),
      `Deployment/web, pool Deployment web, Create: ${HIT}`,
    ],
    "a Deployment with maxSurge 0%": [
      of("Deployment", reusing(), rolling("0%")),
      `Deployment/web, pool Deployment web, Create: ${HIT}`,
    ],
    "a StatefulSet": [
      of("StatefulSet", reusing()),
      `StatefulSet/web, pool StatefulSet web, Create: ${HIT}`,
    ],
    "a Pod with a pool": [POD, `Pod, pool scratch, Create: ${HIT}`],
    "a Job with a pool": [
      of("Job", reusing({ pool: "runners" })),
      `Job/web, pool runners, Create: ${NEXT}`,
    ],
    "a Job without a pool": [
      of("Job", reusing()),
      "Job/web, pool Job web, Create: miss: a Job of another name has another pool; give them one by volume-claim-template/pool",
    ],
    "a CronJob": [CRON, `CronJob/web, pool CronJob web, Create: ${NEXT}`],
    "a Knative Service": [
      KNATIVE,
      `Service/web, pool Knative Service web, Create: ${UNKNOWN}`,
    ],
    "an Argo Rollout": [
      `apiVersion: argoproj.io/v1alpha1\n${of("Rollout", reusing())}`,
      `Rollout/web, pool Rollout web, Create: ${UNKNOWN}`,
    ],
  };
  for (const [title, [text, says]] of Object.entries(finds))
    it(`says what a rollout or run finds: ${title}`, async () => {
      const { renderings } = await renderedOnly(text);
      const lines = summaryTable(summarizeVolumes(renderings)).split("\n");
      expect(lines).to.include(`reuse by ${says}`);
    });

  it("shows pool and on-miss in the table and for machines, and one line for the volumes of a Pod", async () => {
    const templates = ["data", "wal", "tmp"].map((name) => ({
      metadata: {
        name,
        ...(name === "tmp" && {
          annotations: { "volume-claim-template/retention": "Delete" },
        }),
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    }));
    const { renderings } = await renderedOnly(
      stringify({
        kind: "Deployment",
        metadata: { name: "db", namespace: "shop" },
        spec: {
          strategy: { type: "Recreate" },
          template: {
            metadata: {
              annotations: prefixed({
                retention: "Reuse",
                "on-miss": "Wait",
                "idle-ttl": "90d",
                templates: JSON.stringify(templates),
              }),
            },
            spec: {
              containers: [{ name: "app" }],
              volumes: templates.map(({ metadata: { name } }) => ({
                name,
                emptyDir: {},
              })),
            },
          },
        },
      }),
    );
    const volumes = summarizeVolumes(renderings);
    expect(summaryTable(volumes)).to.equal(`\
NAMESPACE   WORKLOAD        VOLUME   CLASS       SIZE   MODES   LIFE CYCLE        REPLICAS   CLAIMS   ROLLOUT   STORAGE   POOL
shop        Deployment/db   data     (default)   1Gi    RWO     Reuse 90d, Wait   1          1        -         1Gi       Deployment db
shop        Deployment/db   wal      (default)   1Gi    RWO     Reuse 90d, Wait   1          1        -         1Gi       Deployment db
shop        Deployment/db   tmp      (default)   1Gi    RWO     Delete            1          1        -         1Gi       -

total (default): 3 claims, 3Gi
reuse by Deployment/db in shop, pool Deployment db, Wait: ${HIT}
`);
    expect(
      volumes.map(({ pool, onMiss, reuse }) => [pool, onMiss, reuse]),
    ).to.deep.equal([
      ["Deployment db", "Wait", HIT],
      ["Deployment db", "Wait", HIT],
      [undefined, undefined, undefined],
    ]);
  });

  it("rejects a Pod without a controller and without a pool", async () => {
    const { problems } = await rendered(
      stringify({ kind: "Pod", ...reusing() }),
    );
    expect(problems.join()).to.include(
      "volume-claim-template/pool is missing: with volume-claim-template/retention: Reuse a Pod without a controller needs the name of a pool",
    );
  });

  const STRATEGY =
    "contradicts spec.strategy: a rollout starts one more Pod, on an empty disk beside the full ones; set spec.strategy.type: Recreate or spec.strategy.rollingUpdate.maxSurge: 0";
  const inTemplate = of("Deployment", {
    metadata: {
      annotations: prefixed({
        templates: JSON.stringify([
          {
            metadata: {
              name: "cache",
              annotations: prefixed({ retention: "Reuse", "on-miss": "Wait" }),
            },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "1Gi" } },
            },
          },
        ]),
      }),
    },
    spec: {
      containers: [{ name: "app" }],
      volumes: [{ name: "cache", emptyDir: {} }],
    },
  });

  const WAIT = { "on-miss": "Wait" };
  /** Warnings, without their place. */
  const warned: Record<string, [text: string, ...warnings: string[]]> = {
    "Wait and the default strategy": [
      of("Deployment", reusing(WAIT)),
      `annotation volume-claim-template/on-miss: "Wait" ${STRATEGY}`,
    ],
    "Wait and a surge, in a template of the full form": [
      inTemplate,
      `annotation volume-claim-template/templates: volume-claim-template/on-miss: Wait ${STRATEGY}`,
    ],
    "Wait and Recreate": [
      of("Deployment", reusing(WAIT), { strategy: { type: "Recreate" } }),
    ],
    "Wait and maxSurge 0": [of("Deployment", reusing(WAIT), rolling(0))],
    "Wait, a surge and max-sets": [
      of("Deployment", reusing({ ...WAIT, "max-sets": "3" })),
    ],
    "Create and a surge": [of("Deployment", reusing())],
    "Wait and a StatefulSet": [of("StatefulSet", reusing(WAIT))],
  };
  for (const [title, [text, ...says]] of Object.entries(warned))
    it(`${says.length > 0 ? "warns" : "does not warn"} of ${title}`, async () => {
      const { warnings } = await renderedOnly(text);
      expect(
        warnings.map((line) =>
          line.replace(
            /^a\.yaml:\d+:\d+: (warning: )?Deployment\/web spec\.template: /,
            "",
          ),
        ),
      ).to.deep.equal(says);
    });
});

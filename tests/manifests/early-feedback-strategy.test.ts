import { expect } from "chai";
import { SURGES } from "../../functions/render/pod-count.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { outcomeOf } from "./claims.ts";
import { installedCluster } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { createWorkload, functionSays, policySays } from "./template-policy.ts";
import { FULL_FORM } from "./templates.ts";
import { collectionOf, onlyAnnotations, withAnnotations } from "./workloads.ts";

const SURGING = `annotation volume-claim-template/on-miss: "Wait" ${SURGES}`;

const WAIT = { retention: "Reuse", "on-miss": "Wait" };
const waiting = withAnnotations(WAIT);
const inFullForm = onlyAnnotations({ ...WAIT, templates: FULL_FORM });
const ofItsOwn = onlyAnnotations({
  ...WAIT,
  templates: JSON.stringify([
    {
      metadata: {
        name: "cache",
        annotations: { "volume-claim-template/max-sets": "3" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    },
  ]),
});

const rolling = (maxSurge: number | string) => ({
  type: "RollingUpdate",
  rollingUpdate: { maxSurge, maxUnavailable: 1 },
});

describe("early feedback on the strategy of Deployments whose Pods wait for their claims", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  const surging = {
    "no strategy": undefined,
    "RollingUpdate without maxSurge": { type: "RollingUpdate" },
    "maxSurge 1": rolling(1),
    "maxSurge 10%": rolling("10%"),
  };
  for (const [title, strategy] of Object.entries(surging))
    it(`rejects ${title}, in either form of the annotations`, async () => {
      for (const template of [waiting, inFullForm]) {
        expect(await functionSays(template)).to.equal(undefined);
        expect(
          await policySays(cluster, "Deployment", template, {
            ...(strategy && { strategy }),
          }),
        ).to.equal(SURGING);
      }
    });

  it("rejects it after what else is wrong with the annotations", async () => {
    const template = withAnnotations({ ...WAIT, storage: "10GB" });
    expect(await policySays(cluster, "Deployment", template)).to.equal(
      `${await functionSays(template)}; ${SURGING}`,
    );
  });

  const accepted = {
    Recreate: [waiting, { type: "Recreate" }],
    "maxSurge 0": [waiting, rolling(0)],
    "maxSurge 0%": [waiting, rolling("0%")],
    "a surge with max-sets": [
      withAnnotations({ ...WAIT, "max-sets": "3" }),
      rolling(1),
    ],
    "a surge with on-miss Create": [
      withAnnotations({ retention: "Reuse", "on-miss": "Create" }),
      rolling(1),
    ],
    "a surge with templates that have a life cycle of their own": [
      ofItsOwn,
      rolling(1),
    ],
  } as const;
  for (const [title, [template, strategy]] of Object.entries(accepted))
    it(`accepts ${title}`, async () => {
      expect(await functionSays(template)).to.equal(undefined);
      expect(
        await policySays(cluster, "Deployment", template, { strategy }),
      ).to.equal(undefined);
    });

  it("accepts kinds whose rollout starts no additional Pod, and ReplicaSets", async () => {
    for (const kind of ["StatefulSet", "DaemonSet", "ReplicaSet"] as const)
      expect(await policySays(cluster, kind, waiting), kind).to.equal(
        undefined,
      );
  });

  it("rejects a change of nothing but the strategy", async () => {
    const namespace = `strategy-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    await createWorkload(cluster, "Deployment", waiting, {
      namespace,
      dryRun: false,
      strategy: rolling(0),
    });
    const path = `${collectionOf("Deployment", namespace)}/probe`;
    const strategy = { rollingUpdate: { maxSurge: 1 } };
    expect(
      await outcomeOf(
        cluster.admin({
          method: "PATCH",
          path,
          contentType: "application/merge-patch+json",
          body: { spec: { strategy } },
          timeoutMs: 10_000,
        }),
      ),
    ).to.include(SURGING);
    await cluster.admin({ method: "DELETE", path, timeoutMs: 10_000 });
  });
});

import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { cacheAnnotations } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { installedCluster } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import {
  createWorkload,
  functionSays,
  policySays,
  whileBindingIs,
} from "./template-policy.ts";
import { FULL_FORM } from "./templates.ts";
import { aTemplate, collectionOf, onlyAnnotations } from "./workloads.ts";

/** A StatefulSet has this Pod template and claim templates of these names. */
type StatefulSetCase = readonly [
  title: string,
  template: V1PodTemplateSpec,
  ownClaims: readonly string[],
];

/** The StatefulSet itself creates a claim for the annotated volume `cache`. */
const CLAIMED_TWICE: readonly StatefulSetCase[] = [
  ["a placeholder", aTemplate(), ["cache"]],
  ["a placeholder, in the second place", aTemplate(), ["data", "cache"]],
  [
    "a volume that is only mounted",
    aTemplate(cacheAnnotations, { volumes: [] }),
    ["cache"],
  ],
  [
    "a volume that is nowhere else",
    aTemplate(cacheAnnotations, { volumes: [], mounts: [] }),
    ["cache"],
  ],
  [
    "a hostPath that the claim replaces",
    aTemplate(cacheAnnotations, {
      volumes: [{ name: "cache", hostPath: { path: "/data" } }],
    }),
    ["cache"],
  ],
];

const CORRECT: readonly StatefulSetCase[] = [
  ["its own claims for other volumes", aTemplate(), ["data", "cache-2"]],
  ["its own claims and no annotation of ours", aTemplate({}), ["cache"]],
  [
    "its own claim under a label that was copied from a Pod of ours",
    aTemplate(cacheAnnotations, {
      volumes: [],
      labels: { "volume-claim/cache": "web-cache-x" },
    }),
    ["cache"],
  ],
];

/** What the function says about the Pods, in which each claim of the StatefulSet replaces the volume of that name. */
function functionSaysOfPods([, template, ownClaims]: StatefulSetCase): Promise<
  string | undefined
> {
  const { containers = [], volumes = [] } = template.spec ?? {};
  return functionSays({
    ...template,
    spec: {
      containers,
      volumes: [
        ...ownClaims.map((name) => ({
          name,
          persistentVolumeClaim: { claimName: `${name}-probe-0` },
        })),
        ...volumes.filter(({ name }) => !ownClaims.includes(name)),
      ],
    },
  });
}

describe("early feedback on StatefulSets with claims of their own", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  const policySaysOf = ([, template, ownClaims]: StatefulSetCase) =>
    policySays(cluster, "StatefulSet", template, { ownClaims });

  for (const given of CLAIMED_TWICE)
    it(`W9: rejects ${given[0]} when volumeClaimTemplates have the volume, too`, async () => {
      expect(await functionSaysOfPods(given)).to.be.a("string");
      expect(await policySaysOf(given)).to.equal(
        `annotation volume-claim-template/name: "cache" contradicts spec.volumeClaimTemplates[${given[2].indexOf("cache")}], from which the StatefulSet itself creates a claim for that volume; leave out the annotations or that template`,
      );
    });

  for (const given of CORRECT)
    it(`accepts ${given[0]}`, async () => {
      expect(await functionSaysOfPods(given)).to.equal(undefined);
      expect(await policySaysOf(given)).to.equal(undefined);
    });

  it("does not read the full form, which only the function reads", async () => {
    const template = onlyAnnotations({ templates: FULL_FORM });
    const given = ["the full form", template, ["cache"]] as const;
    expect(await functionSaysOfPods(given)).to.be.a("string");
    expect(await policySaysOf(given)).to.equal(undefined);
  });

  it("W9: the function rejects every Pod of such a StatefulSet that was applied nevertheless", async () => {
    const given = ["a placeholder", aTemplate(), ["cache"]] as const;
    const namespace = `own-claims-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    await whileBindingIs(cluster, { validationActions: ["Warn"] }, async () => {
      await createWorkload(cluster, "StatefulSet", given[1], {
        namespace,
        dryRun: false,
        ownClaims: given[2],
      });
    });
    const message = await eventually("the Pod is rejected", async () => {
      const { body } = await cluster.admin({
        method: "GET",
        path: `/api/v1/namespaces/${namespace}/events`,
        timeoutMs: 5_000,
      });
      const { items } = body as {
        items: { reason: string; message: string }[];
      };
      return items.find(
        (event) =>
          event.reason === "FailedCreate" && event.message.includes("denied"),
      )?.message;
    });
    expect(message).to.include(await functionSaysOfPods(given));
    await cluster.admin({
      method: "DELETE",
      path: `${collectionOf("StatefulSet", namespace)}/probe`,
      timeoutMs: 5_000,
    });
  });
});

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
  whilePolicyWarns,
} from "./template-policy.ts";
import { aTemplate, collectionOf, onlyAnnotations } from "./workloads.ts";

/** A Pod template of a StatefulSet that has volumeClaimTemplates of these names. */
interface StatefulSetCase {
  readonly name: string;
  readonly template: V1PodTemplateSpec;
  readonly ownClaims: readonly string[];
}

/** The annotated volume `cache` is one that the StatefulSet makes a claim itself. */
const CLAIMED_TWICE: readonly StatefulSetCase[] = [
  {
    name: "a placeholder",
    template: aTemplate(),
    ownClaims: ["cache"],
  },
  {
    name: "a placeholder, in the second place",
    template: aTemplate(),
    ownClaims: ["data", "cache"],
  },
  {
    name: "a volume that is only mounted",
    template: aTemplate(cacheAnnotations, { volumes: [] }),
    ownClaims: ["cache"],
  },
  {
    name: "a volume that is nowhere else",
    template: aTemplate(cacheAnnotations, { volumes: [], mounts: [] }),
    ownClaims: ["cache"],
  },
  {
    name: "a hostPath that gives way to it",
    template: aTemplate(cacheAnnotations, {
      volumes: [{ name: "cache", hostPath: { path: "/data" } }],
    }),
    ownClaims: ["cache"],
  },
];

const SOUND: readonly StatefulSetCase[] = [
  {
    name: "claims of its own for other volumes",
    template: aTemplate(),
    ownClaims: ["data", "cache-2"],
  },
  {
    name: "claims of its own and no annotation of ours",
    template: aTemplate({}),
    ownClaims: ["cache"],
  },
  {
    name: "a claim of its own under a label that was copied from a Pod of ours",
    template: aTemplate(cacheAnnotations, {
      volumes: [],
      labels: { "volume-claim/cache": "web-cache-x" },
    }),
    ownClaims: ["cache"],
  },
];

/** What the function says of the Pods, in which each own claim is in the place of the volume of that name. */
function functionSaysOfPods({
  template,
  ownClaims,
}: StatefulSetCase): Promise<string | undefined> {
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

  function policySaysOf({
    template,
    ownClaims,
  }: StatefulSetCase): Promise<string | undefined> {
    return policySays(cluster, "StatefulSet", template, ownClaims);
  }

  for (const given of CLAIMED_TWICE) {
    it(`W9: refuses ${given.name} when volumeClaimTemplates make it a claim, too`, async () => {
      expect(await functionSaysOfPods(given)).to.be.a("string");
      expect(await policySaysOf(given)).to.equal(
        `annotation volume-claim-template/name: "cache" contradicts spec.volumeClaimTemplates[${given.ownClaims.indexOf("cache")}], with which the StatefulSet makes that volume a claim of its own; leave out the annotations or that template`,
      );
    });
  }

  for (const given of SOUND) {
    it(`accepts ${given.name}`, async () => {
      expect(await functionSaysOfPods(given)).to.equal(undefined);
      expect(await policySaysOf(given)).to.equal(undefined);
    });
  }

  it("leaves the YAML of the full form to the function", async () => {
    const given = {
      name: "the full form",
      template: onlyAnnotations({
        templates:
          "[{metadata: {name: cache}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]",
      }),
      ownClaims: ["cache"],
    };
    expect(await functionSaysOfPods(given)).to.be.a("string");
    expect(await policySaysOf(given)).to.equal(undefined);
  });

  it("W9: tells what the function would say of every Pod, were such a StatefulSet applied nevertheless", async () => {
    const given = {
      name: "a placeholder",
      template: aTemplate(),
      ownClaims: ["cache"],
    };
    const namespace = `own-claims-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    await whilePolicyWarns(cluster, async () => {
      await createWorkload(cluster, "StatefulSet", given.template, {
        namespace,
        dryRun: false,
        ownClaims: given.ownClaims,
      });
    });
    const message = await eventually("the Pod is refused", async () => {
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

import { expect } from "chai";
import {
  ApiStatusError,
  type ApiAnswer,
} from "../../functions/kubernetes/api-server.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { installedCluster, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { SOUND_TEMPLATES } from "./sound-templates.ts";
import {
  createWorkload,
  functionSays,
  policySays,
  whilePolicyIsNarrowed,
  whilePolicyWarns,
} from "./template-policy.ts";
import {
  aWorkload,
  collectionOf,
  withAnnotations,
  WORKLOAD_KINDS,
} from "./workloads.ts";
import { WRONG_TEMPLATES } from "./wrong-templates.ts";

describe("early feedback on Pod templates", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  for (const { name, template, kinds = WORKLOAD_KINDS } of WRONG_TEMPLATES) {
    it(`W9: refuses ${name} on ${kinds === WORKLOAD_KINDS ? "every kind" : kinds.join()}, in the words of the function`, async () => {
      const expected = await functionSays(template);
      expect(expected).to.be.a("string");
      for (const kind of kinds)
        expect(await policySays(cluster, kind, template), kind).to.equal(
          expected,
        );
    });
  }

  it("W9: names every unknown key, in whatever order", async () => {
    const template = withAnnotations(
      Object.fromEntries(
        Array.from({ length: 12 }, (_, index) => [`key-${index}`, "1Gi"]),
      ),
    );
    const problems = (await policySays(cluster, "Deployment", template))?.split(
      "; annotation ",
    );
    const expected = (await functionSays(template))?.split("; annotation ");
    expect(
      problems?.map((text) => text.replace("annotation ", "")),
    ).to.have.members(
      expected?.map((text) => text.replace("annotation ", "")) ?? [],
    );
  });

  it("W9: still refuses, in fewer words, what would be a message longer than the API server allows", async () => {
    for (const count of [14, 15, 500]) {
      const keys = Array.from({ length: count }, (_, index) => [
        `key-${index}`,
        "x\u200b".repeat(100),
      ]);
      expect(
        await policySays(
          cluster,
          "Deployment",
          withAnnotations(Object.fromEntries(keys)),
        ),
        String(count),
      ).to.equal(
        "the volume-claim-template annotations of the Pod template are wrong in too many ways to name them all",
      );
    }
  });

  it("W9: refuses in fewer words, too, what is longer when it is escaped: as much in every value as is shown", async () => {
    const text = "\u{e0041}".repeat(101);
    const values = [
      "name",
      "storage",
      "storage-class",
      "access-modes",
      "data-source",
      "retention",
      "idle-ttl",
      "finished-pods",
      ...Array.from({ length: 14 }, (_, index) => `key-${index}`),
    ].map((key) => [key, text]);
    expect(
      await policySays(
        cluster,
        "Deployment",
        withAnnotations(Object.fromEntries(values)),
      ),
    ).to.equal(
      "the volume-claim-template annotations of the Pod template are wrong in too many ways to name them all",
    );
  });

  for (const { name, template, kinds = WORKLOAD_KINDS } of SOUND_TEMPLATES) {
    it(`accepts ${name} on ${kinds === WORKLOAD_KINDS ? "every kind" : kinds.join()}`, async () => {
      expect(await functionSays(template)).to.equal(undefined);
      for (const kind of kinds)
        expect(await policySays(cluster, kind, template), kind).to.equal(
          undefined,
        );
    });
  }

  it("tells it to whoever runs kubectl apply", async () => {
    const { stderr, exitCode } = await cluster.controlPlane.kubectl(
      ["apply", "-f", "-"],
      {
        input: JSON.stringify(
          aWorkload("Deployment", withAnnotations({ storage: "10GB" })),
        ),
      },
    );
    expect(exitCode).to.equal(1);
    expect(stderr.trim()).to.match(
      /denied request: annotation volume-claim-template\/storage: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M$/,
    );
  });

  for (const namespace of ["kube-system", "kourier-system"]) {
    it(`says nothing in ${namespace}, where the function does nothing either`, async () => {
      await createWorkload(
        cluster,
        "Deployment",
        withAnnotations({ storage: "10GB" }),
        {
          namespace,
        },
      );
    });
  }

  it("says nothing in namespaces that its binding leaves out", async () => {
    const namespace = `narrowed-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    const wrong = withAnnotations({ storage: "10GB" });
    await whilePolicyIsNarrowed(
      cluster,
      { "kubernetes.io/metadata.name": namespace },
      async () => {
        await createWorkload(cluster, "Deployment", wrong);
        expect(
          await refusalOf(
            createWorkload(cluster, "Deployment", wrong, { namespace }),
          ),
        ).to.include('annotation volume-claim-template/storage: "10GB"');
      },
    );
  });

  it("lets a workload that was there before be scaled, annotated and deleted, but not get another wrong template", async () => {
    const namespace = `before-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    const bad = withAnnotations({ storage: "10GB" });
    await whilePolicyWarns(cluster, async () => {
      await createWorkload(cluster, "Deployment", bad, {
        namespace,
        dryRun: false,
      });
      await eventually("its ReplicaSet is there", async () => {
        const { body } = await cluster.admin({
          method: "GET",
          path: collectionOf("ReplicaSet", namespace),
          timeoutMs: 5_000,
        });
        return (body as { items: unknown[] }).items.length === 1;
      });
    });
    const change = (body: object): Promise<ApiAnswer> =>
      cluster.admin({
        method: "PATCH",
        path: `${collectionOf("Deployment", namespace)}/probe`,
        contentType: "application/merge-patch+json",
        body,
        timeoutMs: 10_000,
      });
    await change({ spec: { replicas: 0 } });
    await change({ metadata: { annotations: { "example.com/team": "a" } } });
    expect(
      await refusalOf(
        change({ spec: { template: { metadata: { labels: { more: "x" } } } } }),
      ),
    ).to.include('annotation volume-claim-template/storage: "10GB"');
    await eventually("the ReplicaSet is scaled down", async () => {
      const { body } = await cluster.admin({
        method: "GET",
        path: collectionOf("ReplicaSet", namespace),
        timeoutMs: 5_000,
      });
      return (body as { items: { spec: { replicas: number } }[] }).items.every(
        ({ spec }) => spec.replicas === 0,
      );
    });
    await succeed(cluster.controlPlane, [
      "delete",
      "deployment",
      "probe",
      "-n",
      namespace,
      "--cascade=foreground",
      "--timeout=20s",
    ]);
  });
});

/** The message of the refusal. Throws when it was none. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof ApiStatusError) return error.message;
    throw error;
  }
  throw new Error("it was allowed");
}

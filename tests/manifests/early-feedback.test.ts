import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./claims.ts";
import { installedCluster, succeed, words } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import {
  createWorkload,
  functionSays,
  policySays,
  whileBindingIs,
} from "./template-policy.ts";
import {
  CORRECT_TEMPLATES,
  CORRECT_VALUES,
  UNCHECKED,
  WRONG_TEMPLATES,
  WRONG_VALUES,
} from "./templates.ts";
import {
  aWorkload,
  collectionOf,
  withAnnotations,
  WORKLOAD_KINDS,
} from "./workloads.ts";
import type { WorkloadKind } from "./workloads.ts";

const TOO_MANY =
  "the volume-claim-template annotations of the Pod template are wrong in too many ways to name them all";
const wrong = withAnnotations({ storage: "10GB" });
const SAYS_WRONG = 'annotation volume-claim-template/storage: "10GB"';

describe("early feedback on Pod templates", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  /** Expects that policy and function reject the template in the same words. */
  async function expectRejected(
    template: V1PodTemplateSpec,
    kind: WorkloadKind = "Deployment",
    title: string = kind,
  ): Promise<void> {
    const expected = await functionSays(template);
    expect(expected, title).to.be.a("string");
    expect(await policySays(cluster, kind, template), title).to.equal(expected);
  }

  async function expectAccepted(
    template: V1PodTemplateSpec,
    kind: WorkloadKind = "Deployment",
    title: string = kind,
  ): Promise<void> {
    expect(await functionSays(template), title).to.equal(undefined);
    expect(await policySays(cluster, kind, template), title).to.equal(
      undefined,
    );
  }

  for (const [key, values] of Object.entries(WRONG_VALUES))
    it(`W9: rejects wrong values of ${key}, in the words of the function`, async () => {
      for (const value of values)
        await expectRejected(
          withAnnotations({ [key]: value }),
          "Deployment",
          JSON.stringify(value),
        );
    });

  for (const [title, template] of Object.entries(WRONG_TEMPLATES))
    it(`W9: rejects ${title}, in the words of the function`, () =>
      expectRejected(template));

  for (const [key, values] of Object.entries(CORRECT_VALUES))
    it(`accepts correct values of ${key}`, async () => {
      for (const value of values)
        await expectAccepted(
          withAnnotations({ [key]: value }),
          "Deployment",
          JSON.stringify(value),
        );
    });

  for (const [title, template] of Object.entries(CORRECT_TEMPLATES))
    it(`accepts ${title}`, () => expectAccepted(template));

  for (const [title, template] of Object.entries(UNCHECKED.wrong))
    it(`W9: rejects ${title}, in the words of the function`, () =>
      expectRejected(template, "Knative Service"));

  for (const [title, template] of Object.entries(UNCHECKED.correct))
    it(`accepts ${title}`, () => expectAccepted(template, "Knative Service"));

  for (const kind of WORKLOAD_KINDS)
    it(`W9: reads the Pod template of a ${kind}`, async () => {
      await expectRejected(wrong, kind);
      await expectAccepted(withAnnotations({}), kind);
    });

  it("W9: names every unknown key, in any order", async () => {
    const keys = Array.from({ length: 6 }, (_, index) => `key-${index}`);
    const template = withAnnotations(
      Object.fromEntries(keys.map((key) => [key, "1Gi"])),
    );
    expect(
      sorted(await policySays(cluster, "Deployment", template)),
    ).to.deep.equal(sorted(await functionSays(template)));
  });

  it("W9: rejects in fewer words when the message would be longer than the API server allows", async () => {
    // As many as can be shown, each as long as it can be when it is escaped.
    const text = "\u{e0041}".repeat(101);
    const known = Object.keys(WRONG_VALUES).filter((key) => key !== "size");
    const longest = [
      ...known.map((key) => [key, text] as const),
      ...manyOf(6, text),
    ];
    const long = "x\u200b".repeat(100);
    for (const annotations of [
      ...[6, 7, 500].map((count) => manyOf(count, long)),
      longest,
    ])
      expect(
        await policySays(
          cluster,
          "Deployment",
          withAnnotations(Object.fromEntries(annotations)),
        ),
        `${annotations.length} annotations`,
      ).to.equal(TOO_MANY);
  });

  it("shows the message to the person who runs kubectl apply", async () => {
    const { stderr, exitCode } = await cluster.controlPlane.kubectl(
      ["apply", "--filename=-"],
      { input: JSON.stringify(aWorkload("Deployment", wrong)) },
    );
    expect(exitCode).to.equal(1);
    expect(stderr.trim()).to.match(
      /denied request: annotation volume-claim-template\/storage: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M$/,
    );
  });

  for (const namespace of ["kube-system", "kourier-system"])
    it(`says nothing in ${namespace}, where the function does nothing`, async () => {
      await createWorkload(cluster, "Deployment", wrong, { namespace });
    });

  it("says nothing in namespaces that its binding leaves out", async () => {
    const namespace = `narrowed-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    const matchLabels = { "kubernetes.io/metadata.name": namespace };
    await whileBindingIs(
      cluster,
      { matchResources: { namespaceSelector: { matchLabels } } },
      async () => {
        await createWorkload(cluster, "Deployment", wrong);
        expect(
          await policySays(cluster, "Deployment", wrong, { namespace }),
        ).to.include(SAYS_WRONG);
      },
    );
  });

  it("allows to scale, annotate and delete a workload that is older than the policy, and rejects another wrong template of it", async () => {
    const namespace = `before-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    const replicasOfSets = async (): Promise<string> => {
      const { body } = await cluster.admin({
        method: "GET",
        path: collectionOf("ReplicaSet", namespace),
        timeoutMs: 5_000,
      });
      const { items } = body as { items: { spec: { replicas: number } }[] };
      return items.map(({ spec }) => spec.replicas).join();
    };
    await whileBindingIs(cluster, { validationActions: ["Warn"] }, async () => {
      await createWorkload(cluster, "Deployment", wrong, {
        namespace,
        dryRun: false,
      });
      await eventually(
        "its ReplicaSet is there",
        async () => (await replicasOfSets()) === "1",
      );
    });
    const change = (body: object): Promise<string> =>
      outcomeOf(
        cluster.admin({
          method: "PATCH",
          path: `${collectionOf("Deployment", namespace)}/probe`,
          contentType: "application/merge-patch+json",
          body,
          timeoutMs: 10_000,
        }),
      );
    const annotations = { "example.com/team": "a" };
    expect(await change({ metadata: { annotations } })).to.equal("allowed");
    expect(await change({ spec: { replicas: 0 } })).to.equal("allowed");
    const template = { metadata: { labels: { more: "x" } } };
    expect(await change({ spec: { template } })).to.include(SAYS_WRONG);
    await eventually(
      "the ReplicaSet is scaled down",
      async () => (await replicasOfSets()) === "0",
    );
    await succeed(cluster.controlPlane, [
      ...words(`delete deployment/probe --namespace=${namespace}`),
      "--cascade=foreground",
      "--timeout=20s",
    ]);
  });
});

/** The problems in a message, in the order of the alphabet. */
function sorted(text = ""): string[] {
  return text.replace("annotation ", "").split("; annotation ").toSorted();
}

/** So many unknown keys with this value. */
function manyOf(count: number, text: string): [string, string][] {
  return Array.from({ length: count }, (_, index) => [`key-${index}`, text]);
}

import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import fc from "fast-check";
import {
  ApiStatusError,
  type ApiAnswer,
} from "../../functions/kubernetes/api-server.ts";
import { planPod } from "../../functions/pod/plan-pod.ts";
import { describeProblems } from "../../functions/pod/problem.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { aRequest } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { installedCluster, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { SOUND_TEMPLATES, WRONG_TEMPLATES } from "./template-cases.ts";
import {
  aWorkload,
  collectionOf,
  onlyAnnotations,
  withAnnotations,
  WORKLOAD_KINDS,
} from "./workloads.ts";
import type { WorkloadKind } from "./workloads.ts";

/** What the function says of a Pod from this template, or undefined when it lets it pass. */
async function functionSays(
  template: V1PodTemplateSpec,
): Promise<string | undefined> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...template.metadata, generateName: "probe-" },
    spec: template.spec ?? { containers: [] },
  };
  const plan = await planPod(aRequest(pod));
  return plan.kind === "refuse" ? describeProblems(plan.problems) : undefined;
}

describe("early feedback on Pod templates", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  function create(
    kind: WorkloadKind,
    template: V1PodTemplateSpec,
    { namespace = "default", dryRun = true } = {},
  ): Promise<ApiAnswer> {
    return cluster.admin({
      method: "POST",
      path: collectionOf(kind, namespace),
      query: dryRun ? { dryRun: "All" } : {},
      body: aWorkload(kind, template),
      timeoutMs: 10_000,
    });
  }

  /** What the policy says of a workload, or undefined when it lets it pass. */
  async function policySays(
    kind: WorkloadKind,
    template: V1PodTemplateSpec,
  ): Promise<string | undefined> {
    try {
      await create(kind, template);
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiStatusError)) throw error;
      const [, said] = error.message.split("denied request: ");
      if (said === undefined) throw error;
      expect(error.status).to.equal(422);
      expect(error.message).to.include("'stateful-deployments-templates'");
      return said;
    }
  }

  for (const { name, template } of WRONG_TEMPLATES) {
    it(`W9: refuses ${name} on every kind, in the words of the function`, async () => {
      const expected = await functionSays(template);
      expect(expected).to.be.a("string");
      for (const kind of WORKLOAD_KINDS)
        expect(await policySays(kind, template), kind).to.equal(expected);
    });
  }

  it("W9: names every unknown key, in whatever order", async () => {
    const template = withAnnotations({
      size: "1Gi",
      sise: "2Gi",
      volume: "cache",
    });
    const problems = (await policySays("Deployment", template))?.split(
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
    const keys = Array.from({ length: 40 }, (_, index) => [
      `key-${index}`,
      "x",
    ]);
    expect(
      await policySays("Deployment", withAnnotations(Object.fromEntries(keys))),
    ).to.equal(
      "the volume-claim-template annotations of the Pod template are wrong in too many ways to name them all",
    );
  });

  for (const { name, template, kinds = WORKLOAD_KINDS } of SOUND_TEMPLATES) {
    it(`accepts ${name} on ${kinds === WORKLOAD_KINDS ? "every kind" : kinds.join()}`, async () => {
      expect(await functionSays(template)).to.equal(undefined);
      for (const kind of kinds)
        expect(await policySays(kind, template), kind).to.equal(undefined);
    });
  }

  it("says the same as the function of any annotations", async () => {
    const value = fc.oneof(
      fc.string({ maxLength: 120 }),
      fc.constantFrom(
        "",
        "cache",
        "1Gi",
        "0",
        "Delete",
        "ReadWriteOnce",
        " ReadWriteOnce ,ReadWriteMany",
      ),
      fc.stringMatching(
        /^[+-]?\d{0,3}\.?\d{0,3}([eE][+-]?\d)?([numkMGTPE]i?)?$/,
      ),
      fc.stringMatching(/^[a-z0-9.-]{0,66}$/),
    );
    const selector = fc
      .array(
        fc.constantFrom(
          "app",
          "a.b/tier",
          "in",
          "notin",
          "7",
          "-",
          "é",
          " ",
          "\t",
          " in (",
          "=",
          "==",
          "!=",
          "!",
          ",",
          "(",
          ")",
          "<",
          ">",
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join(""));
    const source = fc.oneof(
      value,
      fc
        .tuple(
          fc.constantFrom("VolumeSnapshot", "PersistentVolumeClaim", "a.b", ""),
          fc.constantFrom("?", "?", "?app=orders,", "/", "//", ""),
          fc.oneof(selector, value),
        )
        .map((parts) => parts.join("")),
    );
    const annotations = fc.record(
      {
        name: fc.oneof(fc.constant("cache"), value),
        storage: fc.oneof(fc.constant("1Gi"), value),
        "storage-class": value,
        "access-modes": value,
        "data-source": source,
        retention: fc.oneof(fc.constantFrom("Retain", "Reuse"), value),
        "idle-ttl": fc.oneof(
          fc.stringMatching(/^\d{0,3}(\.\d)?(ms|[smhdw])?\d?h?$/),
          value,
        ),
        "finished-pods": fc.oneof(fc.constantFrom("Keep", "Release"), value),
        other: value,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(annotations, async (given) => {
        // Go's parser takes "." and "E0" for zero, ours for no quantity: refused both ways, in other words.
        fc.pre(/^[+-]?\.?\d/.test(given.storage ?? "1Gi"));
        const template = onlyAnnotations(given);
        expect(await policySays("Deployment", template)).to.equal(
          await functionSays(template),
        );
      }),
      { numRuns: 300 },
    );
  });

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
      await create("Deployment", withAnnotations({ storage: "10GB" }), {
        namespace,
      });
    });
  }

  it("lets a workload that was there before be scaled, annotated and deleted, but not get another wrong template", async () => {
    const namespace = `before-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    const bad = withAnnotations({ storage: "10GB" });
    await setAction("Warn");
    try {
      await create("Deployment", bad, { namespace, dryRun: false });
      await eventually("its ReplicaSet is there", async () => {
        const { body } = await cluster.admin({
          method: "GET",
          path: collectionOf("ReplicaSet", namespace),
          timeoutMs: 5_000,
        });
        return (body as { items: unknown[] }).items.length === 1;
      });
    } finally {
      await setAction("Deny");
    }
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

  /** Sets what the binding does about a wrong template and waits until the API server has taken that up. */
  async function setAction(action: "Deny" | "Warn"): Promise<void> {
    await succeed(cluster.controlPlane, [
      "patch",
      "validatingadmissionpolicybinding",
      "stateful-deployments-templates",
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { validationActions: [action] } }),
    ]);
    await eventually(`the policy is at ${action}`, async () => {
      const said = await policySays(
        "Deployment",
        withAnnotations({ storage: "x" }),
      );
      return (said === undefined) === (action === "Warn");
    });
  }
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

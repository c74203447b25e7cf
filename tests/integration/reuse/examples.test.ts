import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { V1Job } from "@kubernetes/client-node";
import { BatchV1Api } from "@kubernetes/client-node";
import { parse } from "yaml";
import { renderFiles } from "../../../functions/render/render-files.ts";
import { admissionSuite, podsIn } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { applyExample, examplePath, settled } from "../../support/examples.ts";
import { sideBySide } from "../../support/side-by-side.ts";
import { claimNames, restart, scale } from "./reuse-suite.ts";

const LEASE_MS = 5_000;

describe("the examples of reused claims", function () {
  this.timeout(120_000);
  const suite = admissionSuite(LEASE_MS);

  async function rollout(name: string, replicas: number): Promise<void> {
    const namespace = await applyExample(suite, name);
    await settled(suite, namespace, replicas);
    const claims = await claimNames(suite, namespace);
    expect(claims).to.have.length(replicas);
    const revision = await restart(suite, namespace, name);
    await eventually(
      "the Pods are new",
      async () => {
        const pods = await podsIn(suite, namespace);
        return (
          pods.length === replicas &&
          pods.every(
            ({ metadata, status }) =>
              metadata?.labels?.["revision"] === revision &&
              status?.phase === "Running",
          )
        );
      },
      90_000,
    );
    expect(await claimNames(suite, namespace)).to.deep.equal(claims);
  }

  sideBySide({
    "postgres-durable.yaml: a rollout starts its Pods on the claims of the ones before":
      () => rollout("postgres-durable", 1),

    "postgres-replicas.yaml: a rollout starts its Pods on the claims of the ones before":
      () => rollout("postgres-replicas", 3),

    "build-cache-reuse.yaml: after a scale to zero the Pods find the same claims":
      async () => {
        const namespace = await applyExample(suite, "build-cache-reuse");
        await settled(suite, namespace, 3);
        const claims = await claimNames(suite, namespace);
        await scale(suite, namespace, "build-agent", 0);
        await eventually(
          "no Pod is there, and no lease runs",
          async () => (await podsIn(suite, namespace)).length === 0,
        );
        await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 3_000));
        await scale(suite, namespace, "build-agent", 3);
        await settled(suite, namespace, 3);
        expect(await claimNames(suite, namespace)).to.deep.equal(claims);
      },

    "runner-jobs.yaml: a second Job gets the workspace of the first, whose finished Pod is still there":
      async () => {
        const namespace = await applyExample(suite, "runner-jobs");
        await settled(suite, namespace, 1, "Succeeded");
        const claims = await claimNames(suite, namespace);
        await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 3_000));
        const job = parse(
          readFileSync(examplePath("runner-jobs"), "utf8"),
        ) as V1Job;
        await suite.controlPlane.kubeConfig
          .makeApiClient(BatchV1Api)
          .createNamespacedJob({
            namespace,
            body: { ...job, metadata: { name: "runner-2" } },
          });
        await eventually("two Pods have succeeded", async () => {
          const pods = await podsIn(suite, namespace);
          return (
            pods.length === 2 &&
            pods.every(({ status }) => status?.phase === "Succeeded")
          );
        });
        expect(await claimNames(suite, namespace)).to.deep.equal(claims);
      },
  });

  it("knative-service-reuse.yaml: render shows a claim of the pool", async () => {
    const file = examplePath("knative-service-reuse");
    const { renderings } = await renderFiles(
      [{ file, text: readFileSync(file, "utf8") }],
      "shop",
    );
    const [claim] = renderings.flatMap(({ templates }) =>
      templates.flatMap(({ claims }) => claims),
    );
    expect(claim?.metadata.annotations).to.include({
      "volume-claim-template/retention": "Reuse",
      "volume-claim-template/reuse-key": "model-7",
    });
  });
});

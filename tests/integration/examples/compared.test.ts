import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import { tableLines } from "../../../examples/demo/table.ts";
import { admissionSuite } from "../../support/admission-suite.ts";
import {
  applyExample,
  claimByPod,
  settled,
  templateIn,
} from "../../support/examples.ts";
import { differences } from "../../support/object-differences.ts";
import { nameOf } from "../../support/pods-and-claims.ts";

describe("disk-cache.yaml beside disk-cache-statefulset.yaml", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("is the same Pod template but for annotations, label and placeholder", () => {
    const deployment = templateIn("disk-cache");
    const statefulSet = templateIn("disk-cache-statefulset");
    expect(
      differences(deployment, statefulSet).map(({ path }) => path),
    ).to.deep.equal([
      "metadata.annotations.volume-claim-template/name",
      "metadata.annotations.volume-claim-template/storage",
      "metadata.labels.app",
      "spec.volumes.0.name",
    ]);
  });

  it("gets as many claims, and alike in spec and status to the last field", async () => {
    const ours = await settledClaims("disk-cache");
    const theirs = await settledClaims("disk-cache-statefulset");
    expect(ours).to.have.lengthOf(3);
    expect(theirs).to.have.lengthOf(3);
    for (const [index, claim] of ours.entries()) {
      expect(shape(claim)).to.deep.equal(
        shape(theirs[index] ?? { metadata: {} }),
      );
    }

    // What is left are names, and the labels and annotations that the function and the janitor go by.
    const found = differences(lasting(ours[0]), lasting(theirs[0]));
    for (const line of tableLines(
      ["", "Deployment", "StatefulSet"],
      found.map(({ path, left, right }) => [path, left, right]),
    ))
      console.log(`      ${line}`);
    expect(found.map(({ path }) => path)).to.deep.equal([
      "metadata.annotations.volume-claim/owner-kind",
      "metadata.annotations.volume-claim/owner-name",
      "metadata.annotations.volume-claim/owner-uid",
      "metadata.annotations.volume-claim/request-uid",
      "metadata.annotations.volume-claim/requested-at",
      "metadata.labels.app",
      "metadata.labels.app.kubernetes.io/managed-by",
      "metadata.labels.managed",
      "metadata.labels.volume-claim-template/name",
      "metadata.name",
    ]);
    expect(ours.map(nameOf)).to.satisfy((names: string[]) =>
      names.every((name) => /^build-cache-\w+-cache-\w{10}$/.test(name)),
    );
    expect(theirs.map(nameOf)).to.deep.equal(
      [0, 1, 2].map((ordinal) => `cache-build-cache-set-${ordinal}`),
    );
  });

  it("rolls with surge, and every new Pod has a claim of its own", async () => {
    const namespace = await applyExample(suite, "disk-cache");
    const before = claimByPod(await settled(suite, namespace, 3));
    for (const args of [["restart"], ["status", "--timeout=60s"]]) {
      const { exitCode, stderr } = await suite.controlPlane.kubectl([
        "rollout",
        ...args,
        "-n",
        namespace,
        "deployment/build-cache",
      ]);
      expect(exitCode, stderr).to.equal(0);
    }
    const now = await settled(suite, namespace, 3);
    const after = claimByPod(now);
    expect(after).not.to.have.any.keys(...before.keys());
    const claims = [...before.values(), ...after.values()];
    expect(new Set(claims)).to.have.lengthOf(6);
    expect(now.claims.map(nameOf)).to.have.members(claims);
  });

  async function settledClaims(
    name: string,
  ): Promise<readonly V1PersistentVolumeClaim[]> {
    return (await settled(suite, await applyExample(suite, name), 3)).claims;
  }
});

/** What is asked for and what came of it, without the name of the volume. */
function shape({ spec, status }: V1PersistentVolumeClaim): object {
  return { spec: { ...spec, volumeName: "" }, status };
}

/** A claim without what the server gives every object anew. */
function lasting(claim: V1PersistentVolumeClaim | undefined): unknown {
  return {
    metadata: {
      name: claim?.metadata?.name,
      labels: claim?.metadata?.labels,
      annotations: claim?.metadata?.annotations,
      finalizers: claim?.metadata?.finalizers,
      ownerReferences: claim?.metadata?.ownerReferences,
    },
    spec: { ...claim?.spec, volumeName: "" },
    status: claim?.status,
  };
}

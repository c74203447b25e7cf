import { readFileSync } from "node:fs";
import { expect } from "chai";
import { renderFiles } from "../../../functions/render/render-files.ts";
import { admissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import {
  applyExample,
  claimByPod,
  examplePath,
  settled,
} from "../../support/examples.ts";
import { nameOf, readPodsAndClaims } from "../../support/pods-and-claims.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

const NOTHING = { pods: [], claims: [] };

describe("the examples that are rejected", function () {
  this.timeout(90_000);
  const suite = admissionSuite();

  it("rejected/pod.yaml: kubectl prints both mistakes in the words of render, and nothing is created", async () => {
    const namespace = await uniqueNamespace("rejected");
    const file = examplePath("rejected/pod");
    const { exitCode, stderr } = await suite.controlPlane.kubectl([
      "apply",
      "-n",
      namespace,
      "-f",
      file,
    ]);
    expect(exitCode).to.equal(1);
    expect(stderr)
      .to.include('annotation volume-claim-template/storageclass: "fast"')
      .and.to.include('annotation volume-claim-template/storage: "10GB"');
    const text = readFileSync(file, "utf8");
    const { problems } = await renderFiles([{ file, text }]);
    expect(problems).to.have.lengthOf(2);
    for (const { message } of problems)
      expect(stderr).to.include(message.replace("Pod/scratch: ", ""));
    expect(await readPodsAndClaims(suite.core, namespace)).to.deep.equal(
      NOTHING,
    );
  });

  it("rejected/deployment.yaml: kubectl accepts it, and an event says why it has no Pods", async () => {
    const namespace = await applyExample(suite, "rejected/deployment");
    expect(await rejection(namespace, "hostPath")).to.include(
      'spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim',
    );
    expect(await readPodsAndClaims(suite.core, namespace)).to.deep.equal(
      NOTHING,
    );
  });

  it("storage-quota.yaml: the third Pod is rejected in the words of the quota, and runs when there is room", async () => {
    const namespace = await applyExample(suite, "storage-quota");
    const found = await settled(suite, namespace, 2);
    expect(await rejection(namespace, "exceeded quota")).to.include(
      "exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=20Gi, limited: requests.storage=25Gi",
    );
    // Several tries later, none of them has left a claim.
    const now = await readPodsAndClaims(suite.core, namespace);
    expect(now.claims.map(nameOf)).to.have.members([
      ...claimByPod(found).values(),
    ]);

    const { exitCode, stderr } = await suite.controlPlane.kubectl([
      "patch",
      "-n",
      namespace,
      "resourcequota/storage",
      '--patch={"spec":{"hard":{"requests.storage":"30Gi"}}}',
    ]);
    expect(exitCode, stderr).to.equal(0);
    const all = await settled(suite, namespace, 3);
    expect([...claimByPod(all).values()]).to.have.members(
      all.claims.map(nameOf),
    );
  });

  /** The message of the first event about a Pod that was rejected for this reason. */
  async function rejection(namespace: string, reason: string): Promise<string> {
    return await eventually(`an event about ${reason}`, async () => {
      const { items } = await suite.core.listNamespacedEvent({ namespace });
      return items.find(
        (event) =>
          event.reason === "FailedCreate" && event.message?.includes(reason),
      )?.message;
    });
  }
});

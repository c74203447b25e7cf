import { expect } from "chai";
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

describe("the examples that are refused", function () {
  this.timeout(90_000);
  const suite = admissionSuite();

  it("refused/pod.yaml: kubectl prints both mistakes, and nothing is created", async () => {
    const namespace = await uniqueNamespace("refused");
    const { exitCode, stderr } = await suite.controlPlane.kubectl([
      "apply",
      "-n",
      namespace,
      "-f",
      examplePath("refused/pod"),
    ]);
    expect(exitCode).to.equal(1);
    expect(stderr)
      .to.include('annotation volume-claim-template/storageclass: "fast"')
      .and.to.include('annotation volume-claim-template/storage: "10GB"');
    expect(await readPodsAndClaims(suite.core, namespace)).to.deep.equal({
      pods: [],
      claims: [],
    });
  });

  it("refused/deployment.yaml: kubectl accepts it, and an event says why it has no Pods", async () => {
    const namespace = await applyExample(suite, "refused/deployment");
    expect(await refusal(namespace, "hostPath")).to.include(
      'spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim',
    );
    expect(await readPodsAndClaims(suite.core, namespace)).to.deep.equal({
      pods: [],
      claims: [],
    });
  });

  it("storage-quota.yaml: the third Pod is refused in the quota's words, and runs once there is room", async () => {
    const namespace = await applyExample(suite, "storage-quota");
    const found = await settled(suite, namespace, 2);
    expect(await refusal(namespace, "exceeded quota")).to.include(
      "exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=20Gi, limited: requests.storage=25Gi",
    );
    // Several tries later: not one of them has left a claim.
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

  /** The message of the first event about a Pod that was refused for this reason. */
  async function refusal(namespace: string, reason: string): Promise<string> {
    return await eventually(`an event about ${reason}`, async () => {
      const { items } = await suite.core.listNamespacedEvent({ namespace });
      return items.find(
        (event) =>
          event.reason === "FailedCreate" && event.message?.includes(reason),
      )?.message;
    });
  }
});

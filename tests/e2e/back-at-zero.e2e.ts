import { expect } from "chai";
import { claimVolumes } from "../support/pods-and-claims.ts";
import { apply } from "./cluster.ts";
import { measured } from "./measured.ts";
import { readyPods } from "./one-claim-each.ts";
import { deleteNamespace, functionAtZero } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-back-at-zero";

describe("the function after its work", function () {
  before(async () => {
    await apply(namespaceNamed(namespace));
    await apply(deploymentWithClaims(namespace, "cache", 3));
    await readyPods(namespace, "cache", 3);
  });
  after(() => deleteNamespace(namespace));

  it("goes to zero again, and the Pods keep running", async () => {
    measured("the function went to zero again", await functionAtZero());
    const pods = await readyPods(namespace, "cache", 3);
    expect(pods.flatMap(claimVolumes)).to.have.lengthOf(3);
  });
});

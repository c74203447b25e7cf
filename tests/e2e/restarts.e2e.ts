import { expect } from "chai";
import { nameOf } from "../support/pods-and-claims.ts";
import {
  apply,
  claimsIn,
  functionPods,
  core,
  kubectl,
  ourNamespace,
} from "./cluster.ts";
import { measured } from "./measured.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { sweepNow } from "./our-jobs.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";
import { eventually } from "../support/eventually.ts";

const namespace = "e2e-restarts";
const replicas = 6;
const collectedTimeoutMs = 180_000;

describe("a rollout in whose middle everything on the way is restarted", () => {
  before(async () => {
    await apply(
      namespaceNamed(namespace),
      deploymentWithClaims(namespace, "web", replicas),
    );
    await readyPods(namespace, "web", replicas);
  });
  after(() => deleteNamespace(namespace));

  it("completes, and two sweeps later there is no claim without a Pod", async () => {
    const startedAt = performance.now();
    await kubectl([
      "rollout",
      "restart",
      "deployment/web",
      `--namespace=${namespace}`,
    ]);
    for (const pod of await functionPods())
      await core.deleteNamespacedPod({
        namespace: ourNamespace,
        name: nameOf(pod),
      });
    await kubectl([
      "rollout",
      "restart",
      "deployment/activator",
      "--namespace=knative-serving",
    ]);
    await kubectl([
      "rollout",
      "restart",
      "deployment/3scale-kourier-gateway",
      "--namespace=kourier-system",
    ]);
    await kubectl([
      "rollout",
      "status",
      "deployment/web",
      `--namespace=${namespace}`,
      "--timeout=400s",
    ]);
    const pods = await readyPods(namespace, "web", replicas);
    measured(
      `${replicas} Pods replaced meanwhile`,
      performance.now() - startedAt,
    );
    const used = await expectOneBoundClaimEach(namespace, pods);

    for (let sweep = 0; sweep < 2; sweep += 1)
      await sweepNow(
        "--grace-period=0s",
        "--unsafe-grace-period",
        `--namespace=${namespace}`,
      );
    await eventually(
      "only claims in use",
      async () => (await claimsIn(namespace)).length <= replicas,
      collectedTimeoutMs,
    );
    expect((await claimsIn(namespace)).map(nameOf).toSorted()).to.deep.equal(
      used.toSorted(),
    );
  });
});

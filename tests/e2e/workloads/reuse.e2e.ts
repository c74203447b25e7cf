import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import { claimNamesIn, core, kubectl, podsIn } from "../steps/cluster.ts";
import { measured } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweep } from "../steps/our-jobs.ts";
import {
  deploymentWithClaims,
  filesSeenBy,
  readyPods,
  restart,
} from "../steps/workloads.ts";

const namespace = "e2e-reuse";
const replicas = 2;

/** Its Pods are replaced without surge, and each waits for the claim of the one that it replaces. */
function waitingDeployment(
  name: string,
): ReturnType<typeof deploymentWithClaims> {
  const deployment = deploymentWithClaims(namespace, name, replicas);
  const { spec } = deployment;
  if (spec) {
    spec.strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    spec.template.metadata = {
      ...spec.template.metadata,
      annotations: {
        ...spec.template.metadata?.annotations,
        "volume-claim-template/retention": "Reuse",
        "volume-claim-template/on-miss": "Wait",
        "volume-claim-template/max-sets": String(replicas),
      },
    };
  }
  return deployment;
}

describe("Claims that outlive their Pods", () => {
  let claims: string[] = [];
  let names: string[] = [];
  useNamespace(namespace, waitingDeployment("web"));

  /** The new Pods have the claims that were there, and find in them what each Pod before them has written. */
  const continues = async (generation: number): Promise<void> => {
    const pods = await readyPods(namespace, "web", replicas);
    expect(await expectOneBoundClaimEach(namespace, pods)).to.have.members(
      claims,
    );
    expect(await claimNamesIn(namespace)).to.have.members(claims);
    const seen = await Promise.all(pods.map(filesSeenBy));
    for (const [index, pod] of pods.entries()) {
      expect(seen[index]).to.have.lengthOf(generation);
      expect(seen[index]).to.include(nameOf(pod));
    }
    names = [...names, ...pods.map(nameOf)];
    expect(seen.flat(), "each file in one volume").to.have.members(names);
  };

  before(async () => {
    const pods = await readyPods(namespace, "web", replicas);
    claims = await expectOneBoundClaimEach(namespace, pods);
    names = pods.map(nameOf);
  });

  it("a rollout without surge: each new Pod finds what an old one has written", async () => {
    const startedAt = performance.now();
    await restart(namespace, "web");
    measured(
      `${replicas} Pods replaced on their claims`,
      performance.now() - startedAt,
    );
    await continues(2);
  });

  it("a Pod that is deleted is replaced by one on its claim", async () => {
    const [pod] = await readyPods(namespace, "web", replicas);
    const gone = pod ? nameOf(pod) : "";
    const startedAt = performance.now();
    await core.deleteNamespacedPod({ namespace, name: gone });
    await eventually(
      "the Pod gone",
      async () => !(await podsIn(namespace)).map(nameOf).includes(gone),
      60_000,
    );
    const pods = await readyPods(namespace, "web", replicas);
    measured(
      "a deleted Pod replaced on its claim",
      performance.now() - startedAt,
    );
    expect(await expectOneBoundClaimEach(namespace, pods)).to.have.members(
      claims,
    );
    const successor = pods.find((one) => !names.includes(nameOf(one)));
    expect(successor && (await filesSeenBy(successor))).to.include(gone);
    names = [...names, ...(successor ? [nameOf(successor)] : [])];
  });

  it("scaled to zero and back: the janitor keeps the claims, and the Pods come up on them", async () => {
    const scale = (count: number): Promise<unknown> =>
      kubectl(
        `scale deployment/web --namespace=${namespace} --replicas=${count}`,
      );
    await scale(0);
    await eventually(
      "no Pod",
      async () => (await podsIn(namespace)).length === 0,
      60_000,
    );
    await sweep(namespace);
    await sweep(namespace);
    expect(await claimNamesIn(namespace)).to.have.members(claims);
    await scale(replicas);
    const pods = await readyPods(namespace, "web", replicas);
    const seen = await Promise.all(pods.map(filesSeenBy));
    names = [...names, ...pods.map(nameOf)];
    expect(seen.flat(), "each file in one volume").to.have.members(names);
  });
});

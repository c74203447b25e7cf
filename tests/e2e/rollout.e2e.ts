import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import { apply, claimsIn, core, kubectl } from "./cluster.ts";
import { measured } from "./measured.ts";
import {
  expectOneBoundClaimEach,
  filesSeenBy,
  readyPods,
} from "./one-claim-each.ts";
import { sweepNow } from "./our-jobs.ts";
import { volumeDirectories } from "./volume-directories.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-rollout";
/** The garbage collector, then for each volume a helper Pod that removes its directory. */
const collectedTimeoutMs = 180_000;

/** Waits until exactly these claims are left, and on this machine their directories. */
async function expectLeft(claims: readonly string[]): Promise<void> {
  await eventually(
    "the old claims gone",
    async () => (await claimsIn(namespace)).length === claims.length,
    collectedTimeoutMs,
  );
  const left = await claimsIn(namespace);
  expect(left.map(nameOf).toSorted()).to.deep.equal(claims.toSorted());
  if (process.env["E2E_CLUSTER_STATE"] === undefined) return;
  await eventually(
    "the old volumes' directories gone",
    async () => {
      const directories = (await volumeDirectories()).filter((directory) =>
        directory.includes(`_${namespace}_`),
      );
      return directories.length === claims.length;
    },
    collectedTimeoutMs,
  );
}

describe("Pods that come and go", () => {
  let firstClaims: string[] = [];

  before(async () => {
    await apply(
      namespaceNamed(namespace),
      deploymentWithClaims(namespace, "web", 3),
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { namespace, name: "web" },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
      },
    );
    firstClaims = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "web", 3),
    );
    // Adoption: from here on the garbage collector does the rest, without a janitor.
    await sweepNow(`--namespace=${namespace}`);
  });
  after(async () => {
    await kubectl(["uncordon", "--all"]).catch(() => undefined);
    await deleteNamespace(namespace);
  });

  it("W19 a rollout with surge gives every new Pod an empty claim of its own, and the old ones go", async () => {
    const startedAt = performance.now();
    await kubectl([
      "rollout",
      "restart",
      "deployment/web",
      "--namespace",
      namespace,
    ]);
    await kubectl([
      "rollout",
      "status",
      "deployment/web",
      "--namespace",
      namespace,
      "--timeout=180s",
    ]);
    const pods = await readyPods(namespace, "web", 3);
    measured("three Pods replaced", performance.now() - startedAt);
    const claims = await expectOneBoundClaimEach(namespace, pods);
    expect(
      claims.filter((claim) => firstClaims.includes(claim)),
      "claims used again",
    ).to.deep.equal([]);
    for (const pod of pods)
      expect(await filesSeenBy(pod)).to.deep.equal([nameOf(pod)]);
    await expectLeft(claims);
  });

  it("a Pod that is deleted is replaced by one with a claim of its own", async () => {
    await sweepNow(`--namespace=${namespace}`);
    const [pod] = await readyPods(namespace, "web", 3);
    await core.deleteNamespacedPod({
      namespace,
      name: pod === undefined ? "" : nameOf(pod),
    });
    await eventually(
      "the Pod gone",
      async () =>
        (await core.listNamespacedPod({ namespace })).items.every(
          (other) => other.metadata?.uid !== pod?.metadata?.uid,
        ),
      60_000,
    );
    const claims = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "web", 3),
    );
    await expectLeft(claims);
  });

  it("a node is drained under a PodDisruptionBudget, one Pod after the other", async function () {
    const { items: nodes } = await core.listNode();
    const [node] = nodes;
    if (node === undefined || nodes.length > 1) this.skip();
    await sweepNow(`--namespace=${namespace}`);
    const earlier = new Set((await readyPods(namespace, "web", 3)).map(nameOf));
    const name = node.metadata?.name ?? "";
    // The only node: it takes Pods again as soon as one was evicted, else the budget would never allow the second.
    for (let evictions = 0; evictions < 3; evictions += 1) {
      await kubectl(["cordon", name]);
      const { items } = await core.listNamespacedPod({ namespace });
      const pod = items.find((one) => earlier.has(nameOf(one)));
      if (pod === undefined) throw new Error("there is no Pod left to evict");
      earlier.delete(nameOf(pod));
      await core.createNamespacedPodEviction({
        namespace,
        name: nameOf(pod),
        body: {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { namespace, name: nameOf(pod) },
        },
      });
      await eventually(
        "its replacement admitted",
        async () => {
          const pods = await core.listNamespacedPod({ namespace });
          return (
            pods.items.filter(
              ({ metadata }) => metadata?.deletionTimestamp === undefined,
            ).length === 3
          );
        },
        60_000,
      );
      await kubectl(["uncordon", name]);
      await readyPods(namespace, "web", 3);
    }
    const claims = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "web", 3),
    );
    await expectLeft(claims);
  });

  it("a Pod that crashes in a loop keeps its one claim", async () => {
    await apply(
      deploymentWithClaims(
        namespace,
        "crashing",
        1,
        "echo x >> /data/starts; sync; exit 1",
      ),
    );
    const pod = await eventually(
      "three starts",
      async () => {
        const { items } = await core.listNamespacedPod({
          namespace,
          labelSelector: "app=crashing",
        });
        return items.find(
          ({ status }) =>
            (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2,
        );
      },
      120_000,
    );
    const used = (await claimsIn(namespace))
      .map(nameOf)
      .filter((claim) => claim.startsWith("crashing-"));
    expect(used).to.have.lengthOf(1);
    expect(pod.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName).to.equal(
      used[0],
    );
    await kubectl([
      "delete",
      "deployment",
      "crashing",
      "--namespace",
      namespace,
    ]);
  });
});

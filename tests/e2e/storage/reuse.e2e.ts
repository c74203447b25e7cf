import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import { apply, claimNamesIn, kubectl, podsIn } from "../steps/cluster.ts";
import {
  leavesNothing,
  pendingPod,
  podOnClaim,
  podWithDisk,
  useDisks,
  waits,
} from "./disks.ts";
import {
  inNamespace,
  readExample,
  scale,
  setImage,
} from "./examples-on-disks.ts";
import { measured } from "../steps/mocha-output.ts";
import { sweepWithoutGrace } from "../steps/our-jobs.ts";
import {
  annotateTemplate,
  firstReadyPod,
  inPod,
  readyPods,
  shellImage,
} from "../steps/workloads.ts";

/** How long a lease lasts, and a second. */
const leaseMs = 61_000;

describe("the build cache of docs/reuse.md, on disks", () => {
  const namespace = "e2e-reuse-cache";
  const app = "build-agent";
  let claims: string[] = [];
  let startedAt = 0;

  useDisks(namespace);
  before(async () => {
    const objects = await readExample("build-cache-reuse", (deployment) => {
      setImage(deployment, shellImage);
      for (const container of deployment.spec?.template.spec?.containers ?? [])
        container.command = [
          "sh",
          "-c",
          `echo "$HOSTNAME" >> /var/cache/build/agents; ${waits}`,
        ];
    });
    await apply(...inNamespace(namespace, objects));
    const pods = await readyPods(namespace, app, 3);
    claims = await expectOneBoundClaimEach(namespace, pods);
    startedAt = performance.now();
  });

  it("scaled to zero and back, the agents find the caches of those before them", async () => {
    const before = (await podsIn(namespace)).map(nameOf);
    // A claim stays reserved for its Pod for a minute.
    await sleep(startedAt + leaseMs - performance.now());
    await scale(namespace, app, 0);
    await sweepWithoutGrace(namespace);
    const scaledAt = performance.now();
    const pods = await scale(namespace, app, 3);
    measured("three agents on their caches", performance.now() - scaledAt);
    expect(await expectOneBoundClaimEach(namespace, pods)).to.have.members(
      claims,
    );
    const seen = await Promise.all(
      pods.map((pod) => inPod(pod, "cat /var/cache/build/agents")),
    );
    expect(seen.flatMap((text) => text.split("\n"))).to.have.members([
      ...before,
      ...pods.map(nameOf),
    ]);
  });

  it("a new reuse-key gives every agent an empty cache", async () => {
    await annotateTemplate(
      namespace,
      app,
      "volume-claim-template/reuse-key",
      "two",
    );
    await kubectl(
      `rollout status deployment/${app} --namespace=${namespace} --timeout=180s`,
    );
    const pods = await readyPods(namespace, app, 3);
    for (const pod of pods)
      expect(await inPod(pod, "cat /var/cache/build/agents")).to.equal(
        nameOf(pod),
      );
    expect(await claimNamesIn(namespace)).to.have.lengthOf(6);
  });

  leavesNothing(namespace);
});

describe("a claim of ReadWriteOncePod whose Pod is leaving", () => {
  const namespace = "e2e-leaving";
  /** It still writes for a while after it was asked to end. */
  const lingers = `trap 'i=0; while [ $i -lt 8 ]; do echo old >> /data/file; sleep 1; i=$((i+1)); done; exit 0' TERM; while :; do sleep 1 & wait; done`;

  useDisks(namespace);

  it("a Pod that names it at once is kept back by the scheduler until the last write of the old one", async () => {
    const old = podWithDisk(namespace, "old", {
      script: lingers,
      annotations: {
        "volume-claim-template/access-modes": "ReadWriteOncePod",
        "volume-claim-template/retention": "Retain",
      },
    });
    if (old.spec) old.spec.terminationGracePeriodSeconds = 30;
    await apply(old);
    const pod = await firstReadyPod(namespace, "old", 1);
    const [{ claim } = { claim: "" }] = claimVolumes(pod);
    await kubectl(`delete pod old --namespace=${namespace} --wait=false`);
    await apply(podOnClaim(namespace, "next", claim));
    await pendingPod(namespace, "next", /ReadWriteOncePod/);
    await eventually(
      "the old Pod gone",
      async () => !(await podsIn(namespace)).map(nameOf).includes("old"),
      60_000,
    );
    const goneAt = performance.now();
    const next = await firstReadyPod(namespace, "next", 1);
    measured("the next Pod ready", performance.now() - goneAt);
    expect(await inPod(next, "grep -c old /data/file")).to.equal("8");
  });

  leavesNothing(namespace);
});

import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { claimVolumes, nameOf } from "../support/pods-and-claims.ts";
import { eventually } from "../support/eventually.ts";
import { apply, claimsIn, core, kubectl, podsIn } from "./cluster.ts";
import { applyExample } from "./example-manifests.ts";
import { inPod } from "./in-pod.ts";
import {
  expectGroup,
  makeMountedClass,
  removeMountedClass,
} from "./mounted-volumes.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { sweepNow } from "./our-jobs.ts";
import {
  cache,
  database,
  firstLineOf,
  isTurnedOver,
  linesOf,
  writersOf,
} from "./stand-ins.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

describe("programs that write all the time", () => {
  let storageClass: string | undefined;

  before(async () => {
    storageClass = await makeMountedClass();
  });
  after(removeMountedClass);

  describe("examples/postgres.yaml", () => {
    const namespace = "e2e-postgres";
    const data = "/var/lib/postgresql/data";

    before(async () => {
      await apply(namespaceNamed(namespace));
      await applyExample(
        namespace,
        "postgres",
        { script: database, ready: "test -s $PGDATA/postmaster.pid" },
        storageClass,
      );
    });
    after(() => deleteNamespace(namespace));

    it("three database servers, none of them root, each have a data directory of their own", async () => {
      const pods = await readyPods(namespace, "postgres", 3);
      await expectOneBoundClaimEach(namespace, pods);
      for (const pod of pods) {
        await eventually(
          "it has written",
          async () => (await linesOf(pod)) > 0,
        );
        expect(await writersOf(pod)).to.deep.equal([nameOf(pod)]);
        expect(await inPod(pod, "stat -c %u:%g $PGDATA/wal")).to.equal(
          "999:999",
        );
      }
    });

    it("their disks belong to the group that the manifest gives them", async function () {
      const pods = await readyPods(namespace, "postgres", 3);
      for (const pod of pods) await expectGroup(this, pod, data, "999");
    });

    it("a database server that is killed finds all that it had written", async () => {
      const [pod] = await readyPods(namespace, "postgres", 3);
      if (pod === undefined) throw new Error("there is no Pod");
      const marker = `kept by ${nameOf(pod)}`;
      await inPod(pod, `echo "${marker}" > $PGDATA/marker; sync`);
      const [lines, first] = [await linesOf(pod), await firstLineOf(pod)];
      await inPod(pod, "kill -9 $(cat $PGDATA/postmaster.pid)");
      const crash = await eventually(
        "the crash seen",
        async () => {
          const { status } = await core.readNamespacedPod({
            namespace,
            name: nameOf(pod),
          });
          return status?.containerStatuses?.[0]?.lastState?.terminated;
        },
        60_000,
      );
      expect(crash.exitCode, "128 + SIGKILL").to.equal(137);
      const pods = await readyPods(namespace, "postgres", 3);
      const same = pods.find(
        ({ metadata }) => metadata?.uid === pod.metadata?.uid,
      );
      expect(same && claimVolumes(same)).to.deep.equal(claimVolumes(pod));
      await eventually(
        "it goes on where it was",
        async () => (await linesOf(pod)) > lines,
      );
      expect(await inPod(pod, "cat $PGDATA/marker")).to.equal(marker);
      expect(await firstLineOf(pod)).to.equal(first);
      expect(await writersOf(pod)).to.deep.equal([nameOf(pod)]);
    });
  });

  describe("examples/disk-cache.yaml", () => {
    const namespace = "e2e-disk-cache";

    before(async () => {
      await apply(namespaceNamed(namespace));
      await applyExample(
        namespace,
        "disk-cache",
        { script: cache, ready: "test -d /data/objects" },
        storageClass,
      );
    });
    after(() => deleteNamespace(namespace));

    it("three caches, none of them root, fill and empty a disk of their own", async () => {
      const pods = await readyPods(namespace, "build-cache", 3);
      await expectOneBoundClaimEach(namespace, pods);
      await eventually(
        "each has thrown away its first objects",
        async () => (await Promise.all(pods.map(isTurnedOver))).every(Boolean),
        60_000,
      );
      for (const pod of pods)
        expect(await inPod(pod, "stat -c %u /data/objects")).to.equal("1000");
    });

    it("their disks belong to the group that the manifest gives them", async function () {
      const pods = await readyPods(namespace, "build-cache", 3);
      for (const pod of pods) {
        await expectGroup(this, pod, "/data", "1000");
        // The process itself has group 0: the disk's group is passed on to what is made there.
        expect(await inPod(pod, "stat -c %g /data/objects")).to.equal("1000");
      }
    });
  });

  describe("a Pod that crashes in a loop", () => {
    const namespace = "e2e-crashing";

    before(async () => {
      await apply(
        namespaceNamed(namespace),
        deploymentWithClaims(
          namespace,
          "crashing",
          1,
          "echo x >> /data/starts; sync; grep -c x /data/starts; exit 1",
        ),
      );
    });
    after(() => deleteNamespace(namespace));

    /** The Pod once its container was started again so many times, and has ended by itself. */
    const crashed = (restarts: number): Promise<V1Pod> =>
      eventually(
        `${restarts} starts after the first`,
        async () =>
          (await podsIn(namespace)).find(({ status }) => {
            const [container] = status?.containerStatuses ?? [];
            return (
              (container?.restartCount ?? 0) >= restarts &&
              container?.state?.running === undefined
            );
          }),
        180_000,
      );

    it("keeps its one claim and what is in it, also while the janitor sweeps", async () => {
      const early = await crashed(1);
      const output = await sweepNow(
        "--grace-period=0s",
        "--unsafe-grace-period",
        `--namespace=${namespace}`,
      );
      const pod = await crashed(
        (early.status?.containerStatuses?.[0]?.restartCount ?? 0) + 1,
      );
      expect(pod.metadata?.uid).to.equal(early.metadata?.uid);
      expect(claimVolumes(pod)).to.have.lengthOf(1);
      expect(claimVolumes(pod)).to.deep.equal(claimVolumes(early));
      expect((await claimsIn(namespace)).map(nameOf), output).to.deep.equal(
        claimVolumes(pod).map(({ claim }) => claim),
      );
      const log = await kubectl([
        "logs",
        `--namespace=${namespace}`,
        nameOf(pod),
      ]);
      const starts =
        1 + (pod.status?.containerStatuses?.[0]?.restartCount ?? 0);
      expect(Number(log), "starts by the file in its volume").to.equal(starts);
    });
  });
});

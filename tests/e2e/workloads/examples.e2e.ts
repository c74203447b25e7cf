import { readFile } from "node:fs/promises";
import path from "node:path";
import type {
  KubernetesObject,
  V1Deployment,
  V1Pod,
  V1StorageClass,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  apply,
  claimNamesIn,
  core,
  kubectl,
  podsIn,
} from "../steps/cluster.ts";
import { skipBecause } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweepWithoutGrace } from "../steps/our-jobs.ts";
import {
  deploymentWithClaims,
  firstReadyPod,
  inPod,
  readyPods,
  shellImage,
} from "../steps/workloads.ts";

/** A script in the place of a program whose image the cluster does not have. */
interface StandIn {
  readonly script: string;
  /** Succeeds when the script is ready. */
  readonly ready: string;
}

/**
 * Applies a manifest of examples/ with its users, groups, requests and mounts. It replaces only the program of its Deployment and,
 * when given, the storage class. Throws if the manifest has no Deployment.
 */
async function applyExample(
  namespace: string,
  name: string,
  standIn: StandIn,
  storageClass?: string,
): Promise<void> {
  const file = path.join(
    import.meta.dirname,
    "../../../examples",
    `${name}.yaml`,
  );
  const objects = parseAllDocuments(await readFile(file, "utf8")).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const deployment: V1Deployment | undefined = objects.find(
    ({ kind }) => kind === "Deployment",
  );
  const template = deployment?.spec?.template;
  const [container] = template?.spec?.containers ?? [];
  if (template === undefined || container === undefined)
    throw new Error(`examples/${name}.yaml has no Deployment with a container`);
  container.image = shellImage;
  container.command = ["sh", "-c", standIn.script];
  delete container.args;
  container.readinessProbe = {
    exec: { command: ["sh", "-c", standIn.ready] },
    periodSeconds: 1,
  };
  if (storageClass !== undefined)
    template.metadata = {
      ...template.metadata,
      annotations: {
        ...template.metadata?.annotations,
        "volume-claim-template/storage-class": storageClass,
      },
    };
  await apply(
    ...objects.map((object) => ({
      ...object,
      metadata: { ...object.metadata, namespace },
    })),
  );
}

/**
 * For PostgreSQL: creates its data directory if there is none, ends if another server has created it, and appends to its log.
 * On one volume for all, two of three would never become ready. The server is a child of the container's first process, so
 * that it can be killed from inside. The first process ends with the exit code of its child.
 */
const database = `
if [ -e $PGDATA/PG_VERSION ]; then
  [ "$(cat $PGDATA/owner)" = "$HOSTNAME" ] || { echo "made by $(cat $PGDATA/owner)"; exit 1; }
else
  mkdir $PGDATA && echo "$HOSTNAME" > $PGDATA/owner && echo 17 > $PGDATA/PG_VERSION || exit 1
fi
serve() { while :; do echo "$HOSTNAME $(date +%s)" >> $PGDATA/wal; sync; sleep 1; done; }
serve &
server=$!
trap "kill $server; exit 0" TERM
echo $server > $PGDATA/postmaster.pid
wait $server
exit $?
`;

/** Who has written to the log of a database. */
async function writersOf(pod: V1Pod): Promise<string[]> {
  return (await inPod(pod, "cut -d' ' -f1 $PGDATA/wal | sort -u")).split("\n");
}

/** The number of lines in that log. */
async function linesOf(pod: V1Pod): Promise<number> {
  return Number(await inPod(pod, "wc -l < $PGDATA/wal"));
}

/** Its oldest line. */
function firstLineOf(pod: V1Pod): Promise<string> {
  return inPod(pod, "head -n 1 $PGDATA/wal");
}

/** For a cache: creates and deletes files all the time, and keeps eight at most. */
const cache = `
mkdir -p /data/objects || exit 1
trap "exit 0" TERM
n=0
while :; do
  n=$((n + 1))
  dd if=/dev/urandom of=/data/objects/$n bs=64k count=4 2>/dev/null || exit 1
  [ $n -gt 8 ] && rm -f /data/objects/$((n - 8))
  sleep 1 & wait
done
`;

/** Whether a cache is about full and has deleted its first object. */
async function isTurnedOver(pod: V1Pod): Promise<boolean> {
  const names = (await inPod(pod, "ls /data/objects")).split("\n");
  return names.length >= 7 && names.length <= 9 && !names.includes("1");
}

const mountedClass = "e2e-mounted";

/**
 * Creates a storage class whose volumes the kubelet mounts and gives to the Pod's fsGroup, as it does with real disks. The default
 * class of small clusters mostly makes host paths, which are not mounted; its provisioner can make both. Returns undefined if the
 * default class is of another kind: the tests then use it as it is.
 */
async function makeMountedClass(): Promise<string | undefined> {
  const { items } = JSON.parse(
    await kubectl("get storageclass --output=json"),
  ) as { items: V1StorageClass[] };
  const usual = items.find(
    ({ metadata }) =>
      metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] ===
      "true",
  );
  if (usual?.provisioner !== "rancher.io/local-path") return undefined;
  await apply({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: mountedClass,
      annotations: { defaultVolumeType: "local" },
    },
    provisioner: usual.provisioner,
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
  });
  return mountedClass;
}

/** Fails unless a directory of a Pod's volume belongs to the group; skips on volumes whose group the kubelet does not set. */
async function expectGroup(
  context: Mocha.Context,
  pod: V1Pod,
  directory: string,
  group: string,
): Promise<void> {
  const namespace = pod.metadata?.namespace ?? "";
  for (const { claim } of claimVolumes(pod))
    if (!(await isMounted(namespace, claim)))
      skipBecause(context, "the volumes here are host paths, without a group");
  expect(await inPod(pod, `stat -c %g ${directory}`)).to.equal(group);
}

/** Whether the kubelet mounts the volume of a claim: it does not mount host paths. */
async function isMounted(namespace: string, claim: string): Promise<boolean> {
  const { spec } = await core.readNamespacedPersistentVolumeClaim({
    namespace,
    name: claim,
  });
  const volume = await core.readPersistentVolume({
    name: spec?.volumeName ?? "",
  });
  return volume.spec?.hostPath === undefined;
}

describe("programs that write all the time", () => {
  let storageClass: string | undefined;

  before(async () => {
    storageClass = await makeMountedClass();
  });
  after(() =>
    kubectl(`delete storageclass ${mountedClass} --ignore-not-found`),
  );

  describe("examples/postgres.yaml", () => {
    const namespace = "e2e-postgres";
    const data = "/var/lib/postgresql/data";

    useNamespace(namespace);
    before(() =>
      applyExample(
        namespace,
        "postgres",
        { script: database, ready: "test -s $PGDATA/postmaster.pid" },
        storageClass,
      ),
    );

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
      const pod = await firstReadyPod(namespace, "postgres", 3);
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
        "it goes on with its log",
        async () => (await linesOf(pod)) > lines,
      );
      expect(await inPod(pod, "cat $PGDATA/marker")).to.equal(marker);
      expect(await firstLineOf(pod)).to.equal(first);
      expect(await writersOf(pod)).to.deep.equal([nameOf(pod)]);
    });
  });

  describe("examples/disk-cache.yaml", () => {
    const namespace = "e2e-disk-cache";

    useNamespace(namespace);
    before(() =>
      applyExample(
        namespace,
        "disk-cache",
        { script: cache, ready: "test -d /data/objects" },
        storageClass,
      ),
    );

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

    useNamespace(
      namespace,
      deploymentWithClaims(
        namespace,
        "crashing",
        1,
        "echo x >> /data/starts; sync; grep -c x /data/starts; exit 1",
      ),
    );

    /** Waits until the Pod's container has been started again so many times, and has ended by itself. */
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
      const output = await sweepWithoutGrace(namespace);
      const pod = await crashed(
        (early.status?.containerStatuses?.[0]?.restartCount ?? 0) + 1,
      );
      expect(pod.metadata?.uid).to.equal(early.metadata?.uid);
      expect(claimVolumes(pod)).to.have.lengthOf(1);
      expect(claimVolumes(pod)).to.deep.equal(claimVolumes(early));
      expect(await claimNamesIn(namespace), output).to.deep.equal(
        claimVolumes(pod).map(({ claim }) => claim),
      );
      const log = await kubectl(`logs --namespace=${namespace} ${nameOf(pod)}`);
      const starts =
        1 + (pod.status?.containerStatuses?.[0]?.restartCount ?? 0);
      expect(Number(log), "starts by the file in its volume").to.equal(starts);
    });
  });
});

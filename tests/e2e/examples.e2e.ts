import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { nameOf } from "../support/pods-and-claims.ts";
import { eventually } from "../support/eventually.ts";
import { apply, core, kubectl } from "./cluster.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-examples";

/**
 * Like a database server: it makes its data directory when there is none, refuses one that another server has made, and
 * appends to its log. On one volume for all, two of three would never become ready.
 */
const database = `
dir=/data/pgdata
if [ -e $dir/PG_VERSION ]; then
  [ "$(cat $dir/owner)" = "$HOSTNAME" ] || { echo "made by $(cat $dir/owner)"; exit 1; }
else
  mkdir $dir && echo "$HOSTNAME" > $dir/owner && echo 18 > $dir/PG_VERSION
fi
echo "$HOSTNAME" > "/data/$HOSTNAME"
trap "exit 0" TERM
while :; do echo "$HOSTNAME $(date +%s)" >> $dir/wal; sync; sleep 1 & wait; done
`;

/** Like a disk cache: files come and go without an end, never more than eight at a time. */
const cache = `
echo "$HOSTNAME" > "/data/$HOSTNAME"
mkdir -p /data/objects
trap "exit 0" TERM
n=0
while :; do
  n=$((n + 1))
  dd if=/dev/urandom of=/data/objects/$n bs=64k count=4 2>/dev/null
  [ $n -gt 8 ] && rm -f /data/objects/$((n - 8))
  sleep 1 & wait
done
`;

describe("programs that write all the time", function () {
  before(async () => apply(namespaceNamed(namespace)));
  after(() => deleteNamespace(namespace));

  it("three database servers each have a data directory of their own, and find it again after a crash", async () => {
    await apply(deploymentWithClaims(namespace, "database", 3, database));
    const pods = await readyPods(namespace, "database", 3);
    await expectOneBoundClaimEach(namespace, pods);
    for (const pod of pods)
      expect(await writersOf(pod)).to.deep.equal([nameOf(pod)]);

    const [crashed] = pods;
    if (crashed === undefined) throw new Error("there is no Pod");
    const before = await linesOf(crashed);
    await inPod(crashed, "kill -TERM 1");
    await eventually(
      "it runs again",
      async () => {
        const { status } = await core.readNamespacedPod({
          namespace,
          name: nameOf(crashed),
        });
        return (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
      },
      60_000,
    );
    await readyPods(namespace, "database", 3);
    await eventually(
      "it goes on where it was",
      async () => (await linesOf(crashed)) > before,
    );
    expect(await writersOf(crashed)).to.deep.equal([nameOf(crashed)]);
  });

  it("two caches fill and empty a disk of their own", async () => {
    await apply(deploymentWithClaims(namespace, "cache", 2, cache));
    const pods = await readyPods(namespace, "cache", 2);
    await expectOneBoundClaimEach(namespace, pods);
    await eventually(
      "each has thrown away its first objects",
      async () => {
        const listings = await Promise.all(
          pods.map((pod) => inPod(pod, "ls /data/objects")),
        );
        return listings.every((listing) => {
          const names = listing.trim().split("\n");
          return names.length >= 7 && names.length <= 9 && !names.includes("1");
        });
      },
      60_000,
    );
  });
});

/** Who has written to the log of a database. */
async function writersOf(pod: V1Pod): Promise<string[]> {
  const output = await inPod(pod, "cut -d' ' -f1 /data/pgdata/wal | sort -u");
  return output.trim().split("\n");
}

async function linesOf(pod: V1Pod): Promise<number> {
  return Number(await inPod(pod, "wc -l < /data/pgdata/wal"));
}

function inPod(pod: V1Pod, command: string): Promise<string> {
  return kubectl([
    "exec",
    `--namespace=${namespace}`,
    nameOf(pod),
    "--",
    "sh",
    "-c",
    command,
  ]);
}

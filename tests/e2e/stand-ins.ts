import type { V1Pod } from "@kubernetes/client-node";
import { inPod } from "./in-pod.ts";

/**
 * For PostgreSQL: makes its data directory when there is none, refuses one that another server has made, appends to its log.
 * On one volume for all, two of three would never become ready. The server is a child of the container's first process,
 * which can be killed from inside, and ends with the child's exit code.
 */
export const database = `
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
export async function writersOf(pod: V1Pod): Promise<string[]> {
  return (await inPod(pod, "cut -d' ' -f1 $PGDATA/wal | sort -u")).split("\n");
}

/** How many lines that log has. */
export async function linesOf(pod: V1Pod): Promise<number> {
  return Number(await inPod(pod, "wc -l < $PGDATA/wal"));
}

/** The oldest line of it. */
export function firstLineOf(pod: V1Pod): Promise<string> {
  return inPod(pod, "head -n 1 $PGDATA/wal");
}

/** For a cache: files come and go without an end, never more than eight at a time. */
export const cache = `
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

/** Whether a cache holds about as much as it may, and its first object no more. */
export async function isTurnedOver(pod: V1Pod): Promise<boolean> {
  const names = (await inPod(pod, "ls /data/objects")).split("\n");
  return names.length >= 7 && names.length <= 9 && !names.includes("1");
}

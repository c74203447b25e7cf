import { formatDuration } from "../functions/contract/duration.ts";
import {
  NODE_AFFINITY_ANNOTATION,
  NODE_UIDS_ANNOTATION,
  POOL_LABEL,
  QUARANTINE_ANNOTATION,
  TEMPLATE_NAME,
  UNUSED_SINCE_ANNOTATION,
} from "../functions/contract/keys.ts";
import { isLive, LEASE_MS, leaseIn } from "../functions/contract/lease.ts";
import { printable } from "../functions/contract/printable.ts";
import { isInSet } from "./verdict/claim-metadata.ts";
import type { ClaimMetadata } from "./verdict/claim-metadata.ts";
import { quarantineText } from "./verdict/quarantine.ts";
import { usesOf } from "../functions/contract/set-bounds.ts";
import type { SetContext } from "./verdict/set-verdict.ts";
import { verdict } from "./verdict/verdict.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { ClaimAddress } from "./settings/options.ts";
import { NoServerTimeError } from "./sweep.ts";
import { claimSets, setOf } from "./verdict/claim-sets.ts";
import { clonesBySource, describeClones } from "./verdict/pending-clones.ts";
import { findingsOf } from "./verdict/set-findings.ts";
import type { SetFindings } from "./verdict/set-findings.ts";
import { describePods, podsByClaim } from "./verdict/pod-uses-claim.ts";

/**
 * What decides about one claim; undefined when there is none of that name. It reads the same lists as a sweep, in the same order, and
 * writes nothing. The mass-deletion guard looks at a whole namespace and is left out.
 * @throws {NoServerTimeError}
 */
export async function explain(
  { namespace, name }: ClaimAddress,
  cluster: Pick<
    Cluster,
    "listClaims" | "listAllClaims" | "listPods" | "volumeNodes"
  >,
  gracePeriodMs: number,
): Promise<string | undefined> {
  const { serverTime } = await cluster.listClaims(namespace, "");
  if (serverTime === undefined)
    throw new NoServerTimeError(
      "the answer of the API server has no Date, so the age of the claim is unknown",
    );
  const listed = await cluster.listAllClaims(namespace);
  const claim = listed.find((one) => one.claim.name === name)?.claim;
  if (!claim) return undefined;
  const sets = claimSets(listed);
  const users = podsByClaim(await cluster.listPods(namespace));
  const set = setOf(claim, sets);
  const volumeNodes =
    set && set.volumes.length > 0 ? await cluster.volumeNodes() : undefined;
  return explanation(
    claim,
    {
      now: serverTime,
      gracePeriodMs,
      clones: clonesBySource(listed),
      sets,
      users,
    },
    set && findingsOf(set, users, volumeNodes, serverTime),
  );
}

/** What decides about a claim, a line for each fact. */
function explanation(
  claim: ClaimMetadata,
  seen: SetContext,
  findings?: SetFindings,
): string {
  const { users, clones, sets, now } = seen;
  const { decision, reason, why } = verdict(claim, users, seen, clones, sets);
  const set = setOf(claim, sets);
  const members = set?.members ?? [claim];
  const facts: [name: string, value: string][] = [
    ["claim", `${claim.namespace}/${claim.name}`],
    ["volume", claim.labels[TEMPLATE_NAME] ?? "unknown"],
    ["age", formatDuration(now - claim.createdAt)],
    ...(isInSet(claim) ? factsOfSet(claim, seen, findings) : []),
    ...members.flatMap(({ name }): [string, string][] => {
      const pods = users.get(name) ?? [];
      const copies = clones.get(name);
      return [
        [
          "Pods",
          `${pods.length === 0 ? "none" : describePods(pods)}, of claim ${name}`,
        ],
        ...(copies
          ? [
              ["clones", `${describeClones(copies)}, of claim ${name}`] as [
                string,
                string,
              ],
            ]
          : []),
      ];
    }),
    ["verdict", `${decision} (${reason})`],
    ["why", why],
  ];
  return facts
    .map(([name, value]) => `${`${name}:`.padEnd(14)}${printable(value)}\n`)
    .join("");
}

function factsOfSet(
  claim: ClaimMetadata,
  { sets, now }: SetContext,
  findings: SetFindings | undefined,
): [name: string, value: string][] {
  const set = setOf(claim, sets);
  const leader = set?.leader;
  const members = (set?.members ?? []).map(({ name }) =>
    name === set?.name ? `${name} (first)` : name,
  );
  const lease = leader && leaseIn(leader.annotations, now);
  const ends = lease ? lease.at + LEASE_MS - now : 0;
  return [
    ["pool", claim.labels[POOL_LABEL] ?? "none"],
    ["set", set ? `${set.name}: ${members.join(", ")}` : "none"],
    ["volumes", set?.volumes.join(", ") || "none"],
    [
      "lease",
      lease
        ? `of request ${lease.requestUid}, ${isLive(lease, now) ? `ends in ${formatDuration(ends)}` : `ended ${formatDuration(-ends)} ago`}`
        : "none",
    ],
    ["uses", leader ? String(usesOf(leader.annotations)) : "unknown"],
    ["unused since", leader?.annotations[UNUSED_SINCE_ANNOTATION] ?? "no mark"],
    ["quarantine", leader?.annotations[QUARANTINE_ANNOTATION] ?? "none"],
    [
      "found now",
      findings?.causes.map((cause) => quarantineText(cause, now)).join("; ") ||
        "nothing",
    ],
    ["nodes", leader?.annotations[NODE_AFFINITY_ANNOTATION] ?? "not known"],
    ["node uids", leader?.annotations[NODE_UIDS_ANNOTATION] ?? "not known"],
  ];
}

import type { Cluster } from "./cluster/cluster.ts";
import { explanation } from "./actions/explanation.ts";
import type { ClaimAddress } from "./settings/claim-address.ts";
import { NoServerTimeError } from "./sweep.ts";
import { claimSets, setOf } from "./verdict/claim-sets.ts";
import { clonesBySource } from "./verdict/pending-clones.ts";
import { findingsOf } from "./verdict/set-findings.ts";
import { podsByClaim } from "./verdict/pod-uses-claim.ts";

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

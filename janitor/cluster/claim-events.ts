import { CLAIM_KIND, EVENT_REPORTER } from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";

/** The API server rejects a longer note: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const MAX_NOTE_LENGTH = 1_024;

/** An Event in the namespace of a deleted claim. It says who deleted the claim and why. `at` is in milliseconds. */
export function deletionEvent(
  claim: ClaimMetadata,
  why: string,
  at: number,
): Record<string, unknown> {
  return claimEvent(claim, at, {
    type: "Normal",
    reason: "ClaimDeleted",
    action: "Delete",
    note: `Deleted the claim: ${why}`,
  });
}

/** An Event about a set that is not handed out any more, at its first claim. */
export function quarantineEvent(
  claim: ClaimMetadata,
  why: string,
  at: number,
): Record<string, unknown> {
  return claimEvent(claim, at, {
    type: "Warning",
    reason: "SetQuarantined",
    action: "Quarantine",
    note: `The set of this claim is not handed out: ${why}`,
  });
}

function claimEvent(
  claim: ClaimMetadata,
  at: number,
  said: Readonly<Record<"type" | "reason" | "action" | "note", string>>,
): Record<string, unknown> {
  const { namespace, name, uid, resourceVersion } = claim;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { namespace, generateName: `${name}-` },
    // The API server reads exactly six digits of a second's fraction.
    eventTime: new Date(at).toISOString().replace("Z", "000Z"),
    ...said,
    note: said.note.slice(0, MAX_NOTE_LENGTH),
    regarding: {
      apiVersion: "v1",
      kind: CLAIM_KIND,
      namespace,
      name,
      uid,
      resourceVersion,
    },
    reportingController: EVENT_REPORTER,
    reportingInstance: EVENT_REPORTER,
  };
}

import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { parseQuantity } from "../kubernetes/quantity.ts";
import { TEMPLATE_STORAGE } from "../contract/keys.ts";
import type { ClaimManifest } from "./build.ts";

/** The part of a VolumeSnapshot that is read here: https://kubernetes.io/docs/concepts/storage/volume-snapshots/ */
export interface VolumeSnapshot {
  readonly metadata?: {
    readonly name?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly status?: {
    readonly readyToUse?: boolean;
    /** When the data was cut; absent while, or if, the driver does not tell. */
    readonly creationTime?: string;
    /** The least size of a volume that starts from it; absent when it is not known. */
    readonly restoreSize?: string;
    readonly error?: { readonly message?: string };
  };
}

/** What was seen among snapshots so far. */
export interface SnapshotSearch {
  readonly newest: VolumeSnapshot | undefined;
  readonly notReady: number;
  readonly leaving: number;
}

export const NOTHING_SEEN: SnapshotSearch = {
  newest: undefined,
  notReady: 0,
  leaving: 0,
};

/** What a driver says of a failure can be a stack trace, and an event shows the first kilobyte only. */
const MAX_DRIVER_MESSAGE_LENGTH = 300;

// Each says why the claim cannot start from the object, as the rest of a sentence that begins with it, or undefined when it can.

export function snapshotProblem(
  snapshot: VolumeSnapshot,
  claim: ClaimManifest,
): string | undefined {
  const { metadata, status } = snapshot;
  if (metadata?.deletionTimestamp !== undefined) return "is being deleted";
  if (status?.readyToUse !== true) {
    const message = status?.error?.message;
    return message === undefined
      ? "is not ready to use yet"
      : `is not ready to use: ${message.slice(0, MAX_DRIVER_MESSAGE_LENGTH)}`;
  }
  return sizeProblem(status.restoreSize, claim);
}

/** The storage class may be another one: which classes share their data is known to their driver alone. */
export function sourceClaimProblem(
  { metadata, spec, status }: V1PersistentVolumeClaim,
  claim: ClaimManifest,
): string | undefined {
  if (metadata?.deletionTimestamp !== undefined) return "is being deleted";
  if (status?.phase !== "Bound")
    return `is ${status?.phase ?? "Pending"}, and only a Bound claim can be cloned`;
  const [has, wanted] = [spec, claim.spec].map(
    (one) => one?.volumeMode ?? "Filesystem",
  );
  if (has !== wanted)
    return `has volumeMode ${has}, and a volume of mode ${wanted} cannot start from it`;
  return sizeProblem(
    status.capacity?.["storage"] ?? spec?.resources?.requests?.["storage"],
    claim,
  );
}

/** The search with one more snapshot looked at. */
export function consider(
  search: SnapshotSearch,
  snapshot: VolumeSnapshot,
): SnapshotSearch {
  if (snapshot.metadata?.deletionTimestamp !== undefined)
    return { ...search, leaving: search.leaving + 1 };
  if (snapshot.status?.readyToUse !== true)
    return { ...search, notReady: search.notReady + 1 };
  return search.newest === undefined || isNewer(snapshot, search.newest)
    ? { ...search, newest: snapshot }
    : search;
}

/** Why a search has no result, as a sentence. */
export function noneReady(
  { leaving, notReady }: SnapshotSearch,
  { metadata }: ClaimManifest,
): string {
  const which = `VolumeSnapshot with these labels in namespace ${metadata.namespace}`;
  const seen = [
    ...(notReady > 0 ? [`${notReady} not ready`] : []),
    ...(leaving > 0 ? [`${leaving} being deleted`] : []),
  ];
  return seen.length === 0
    ? `there is no ${which}`
    : `no ${which} is ready to use (${seen.join(", ")})`;
}

/** By the time of the data; of two of the same second, always the same one. */
function isNewer(one: VolumeSnapshot, other: VolumeSnapshot): boolean {
  const difference = timeOf(one) - timeOf(other);
  return difference === 0
    ? (one.metadata?.name ?? "") > (other.metadata?.name ?? "")
    : difference > 0;
}

/** Milliseconds since the epoch. A snapshot that was imported is younger than its data, so the object's own age comes second. */
function timeOf({ metadata, status }: VolumeSnapshot): number {
  return Date.parse(status?.creationTime ?? metadata?.creationTimestamp ?? "");
}

/** A driver would refuse it later, when the Pod waits for its volume already. */
function sizeProblem(
  least: string | undefined,
  { spec }: ClaimManifest,
): string | undefined {
  const { storage } = spec.resources.requests;
  return (parseQuantity(least ?? "0") ?? 0) > (parseQuantity(storage) ?? 0)
    ? `needs ${least}, and ${TEMPLATE_STORAGE} asks for ${storage}; ask for ${least} or more`
    : undefined;
}

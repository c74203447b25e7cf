import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { parseQuantity } from "../contract/quantity.ts";
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
    /** The time of the data; absent if the driver does not give it, or not yet. */
    readonly creationTime?: string;
    /** The smallest size of a volume that starts from it; absent when it is not known. */
    readonly restoreSize?: string;
    readonly error?: { readonly message?: string };
  };
}

/** The result of a search among snapshots, so far. */
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

/** The message of a driver can be a stack trace, and an event shows only the first kilobyte. */
const MAX_DRIVER_MESSAGE_LENGTH = 300;

// Each returns why the claim cannot start from the object, as the rest of a sentence that begins with its name; undefined when it can.

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

/** The storage class may be another one: only the driver knows which classes share their data. */
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

/** The result of the search with one more snapshot. */
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

/** Compares the times of the data. If they are equal, the name decides, so that the result is always the same. */
function isNewer(one: VolumeSnapshot, other: VolumeSnapshot): boolean {
  const difference = timeOf(one) - timeOf(other);
  return difference === 0
    ? (one.metadata?.name ?? "") > (other.metadata?.name ?? "")
    : difference > 0;
}

/** Milliseconds since the epoch. An imported snapshot is younger than its data, so the age of the object comes second. */
function timeOf({ metadata, status }: VolumeSnapshot): number {
  return Date.parse(status?.creationTime ?? metadata?.creationTimestamp ?? "");
}

/** The driver would reject a claim that is too small only later, when the Pod already waits for its volume. */
function sizeProblem(
  least: string | undefined,
  { spec }: ClaimManifest,
): string | undefined {
  const { storage } = spec.resources.requests;
  return (parseQuantity(least ?? "0") ?? 0) > (parseQuantity(storage) ?? 0)
    ? `needs ${least}, and ${TEMPLATE_STORAGE} asks for ${storage}; ask for ${least} or more`
    : undefined;
}

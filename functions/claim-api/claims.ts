import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../kubernetes/api-server.ts";
import type { ApiServer } from "../kubernetes/api-server.ts";
import { claimPath, claimsPath } from "../kubernetes/paths.ts";
import {
  ADMISSION_RETRY,
  isTransient,
  pauseAfter,
  retry,
  tryTime,
} from "../kubernetes/retry.ts";
import { carriesMarker, REQUEST_UID_ANNOTATION } from "../contract/keys.ts";
import { errorMessage } from "../contract/error-message.ts";
import type { ClaimManifest } from "../claim/build.ts";
import {
  ClaimRejectedError,
  CONFLICT,
  nameOf,
  rejectedFor,
  UNAVAILABLE,
} from "./rejected.ts";

/**
 * The function gives up after it has found the claim deleted this often: something deletes it again and again. All pauses
 * together are two seconds.
 */
const MOST_DISAPPEARANCES = 6;

/** A claim that exists now. `created` is true when this call created it: only then may this call delete it. */
export interface FoundOrCreatedClaim {
  readonly manifest: ClaimManifest;
  readonly uid: string;
  readonly created: boolean;
  /** Warnings of the API server when it was created, for the person who creates the Pod. */
  readonly warnings: readonly string[];
}

/** A claim to delete. Without a uid it is the one that this request created, if there is one. */
export interface UnwantedClaim {
  readonly manifest: ClaimManifest;
  readonly uid?: string;
}

/** Creates claims and deletes them again. Deadlines are in milliseconds of `performance.now()`. */
export interface Claims {
  /**
   * Creates the claim, or finds the one that the same request created before. Once `givenUp` is aborted, it sends nothing more and
   * ends with the try that is under way.
   * @throws {ClaimRejectedError}
   */
  getOrCreate(
    manifest: ClaimManifest,
    deadline: number,
    givenUp?: AbortSignal,
  ): Promise<FoundOrCreatedClaim>;
  /** Deletes the claim of exactly this uid. Succeeds when it is gone already. */
  remove(claim: UnwantedClaim, deadline: number): Promise<void>;
}

/** Claims on a real API server. */
export function claimsOn(api: ApiServer): Claims {
  return {
    async getOrCreate(manifest, deadline, givenUp) {
      // A create was sent, and its answer was lost.
      let mayExist = false;
      // A claim with this name exists. This request may have created it, when an answer was lost or in an earlier delivery.
      let taken = false;
      let disappearances = 0;
      // Not an Error, which would take a stack trace for each claim.
      let error: unknown = "there was no time for it";
      for (let tries = 0; ; tries += 1) {
        const doing = taken ? "read" : "create";
        const left = deadline - performance.now();
        if (left <= 0 || givenUp?.aborted)
          throw tooLate(doing, manifest, error, { tries, mayExist });
        try {
          if (!taken) return await create(api, manifest, tryTime(left));
          const found = await read(api, manifest, tryTime(left));
          const uid = ownUid(manifest, found);
          if (!found.metadata?.deletionTimestamp)
            return { manifest, uid, created: mayExist, warnings: [] };
          error = new ClaimRejectedError(
            UNAVAILABLE,
            `${nameOf(manifest)} of this request is being deleted`,
          );
          disappearances += 1;
          if (disappearances > MOST_DISAPPEARANCES) throw error;
          await pause(
            pauseAfter(disappearances + 1, error, ADMISSION_RETRY),
            deadline,
            error,
          );
        } catch (caught) {
          if (caught instanceof ClaimRejectedError) throw caught;
          error = caught;
          if (!taken && isAlreadyThere(error)) {
            taken = true;
          } else if (taken && isStatus(error, 404)) {
            // The claim has been deleted meanwhile: the name is free.
            taken = false;
            mayExist = false;
            disappearances += 1;
            if (disappearances > MOST_DISAPPEARANCES)
              throw new ClaimRejectedError(
                UNAVAILABLE,
                `${nameOf(manifest)} was deleted each time it was created`,
                { cause: error },
              );
          } else {
            if (!taken) mayExist ||= isUnknownOutcome(error);
            if (!isTransient(error, ADMISSION_RETRY))
              throw rejectedFor(
                `cannot ${doing} ${nameOf(manifest)}`,
                error,
                mayExist,
              );
            const late = tooLate(doing, manifest, error, {
              tries: tries + 1,
              mayExist,
            });
            await pause(
              pauseAfter(tries + 1, error, ADMISSION_RETRY),
              deadline,
              late,
              givenUp,
            );
          }
        }
      }
    },

    async remove({ manifest, uid: known }, deadline) {
      await retry(ADMISSION_RETRY, { deadline }, async (timeoutMs) => {
        try {
          const uid = known ?? (await createdUid(api, manifest, timeoutMs));
          if (uid !== undefined)
            await api({
              method: "DELETE",
              path: pathOf(manifest),
              body: {
                apiVersion: "v1",
                kind: "DeleteOptions",
                preconditions: { uid },
              },
              timeoutMs,
            });
        } catch (error) {
          if (!isStatus(error, 404)) throw error;
        }
      });
    },
  };
}

/** There is no time for another try. */
function tooLate(
  doing: "create" | "read",
  manifest: ClaimManifest,
  error: unknown,
  { mayExist, tries }: { readonly tries: number; readonly mayExist: boolean },
): ClaimRejectedError {
  return new ClaimRejectedError(
    UNAVAILABLE,
    `could not ${doing} ${nameOf(manifest)} in time (${tries} ${tries === 1 ? "try" : "tries"}): ${errorMessage(error)}`,
    { cause: error, mayExist },
  );
}

/** Waits before the next try, or throws `late` at once when there would be no time for it. */
async function pause(
  milliseconds: number,
  deadline: number,
  late: unknown,
  givenUp?: AbortSignal,
): Promise<void> {
  if (givenUp?.aborted || performance.now() + milliseconds >= deadline)
    throw late;
  await sleep(milliseconds);
}

async function create(
  api: ApiServer,
  manifest: ClaimManifest,
  timeoutMs: number,
): Promise<FoundOrCreatedClaim> {
  const { body, warnings = [] } = await api({
    method: "POST",
    path: claimsPath(manifest.metadata.namespace),
    body: manifest,
    timeoutMs,
  });
  return { manifest, uid: uidOf(body), created: true, warnings };
}

async function read(
  api: ApiServer,
  manifest: ClaimManifest,
  timeoutMs: number,
): Promise<V1PersistentVolumeClaim> {
  const { body } = await api({
    method: "GET",
    path: pathOf(manifest),
    timeoutMs,
  });
  return body as V1PersistentVolumeClaim;
}

/** The uid of the claim with our name. Throws when this request did not create it. */
function ownUid(
  manifest: ClaimManifest,
  found: V1PersistentVolumeClaim,
): string {
  if (!isOfRequest(manifest, found))
    throw new ClaimRejectedError(
      CONFLICT,
      `a ${nameOf(manifest)} that this request did not create exists already; it stays as it is`,
    );
  return uidOf(found);
}

/** The uid of the claim with our name; undefined when this request did not create it. Throws when there is no such claim. */
async function createdUid(
  api: ApiServer,
  manifest: ClaimManifest,
  timeoutMs: number,
): Promise<string | undefined> {
  const found = await read(api, manifest, timeoutMs);
  return isOfRequest(manifest, found) ? uidOf(found) : undefined;
}

function isOfRequest(
  { metadata }: ClaimManifest,
  found: V1PersistentVolumeClaim,
): boolean {
  return (
    carriesMarker(found.metadata?.labels) &&
    found.metadata?.annotations?.[REQUEST_UID_ANNOTATION] ===
      metadata.annotations[REQUEST_UID_ANNOTATION]
  );
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiStatusError && error.status === status;
}

function isAlreadyThere(error: unknown): boolean {
  return (
    error instanceof ApiStatusError &&
    error.status === 409 &&
    error.reason === "AlreadyExists"
  );
}

function isUnknownOutcome(error: unknown): boolean {
  return (
    error instanceof ApiUnreachableError ||
    (error instanceof ApiStatusError && error.status >= 500)
  );
}

function pathOf({ metadata }: ClaimManifest): string {
  return claimPath(metadata.namespace, metadata.name);
}

function uidOf(body: unknown): string {
  return (body as V1PersistentVolumeClaim).metadata?.uid ?? "";
}

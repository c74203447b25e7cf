import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../kubernetes/api-server.ts";
import type { ApiServer } from "../kubernetes/api-server.ts";
import { carriesMarker, REQUEST_UID_ANNOTATION } from "../well-known.ts";
import type { ClaimManifest } from "./build-claim.ts";
import {
  ClaimRefusedError,
  refusal,
  unavailable,
} from "./claim-refused-error.ts";
import { pauseBefore, tryTime } from "./retry.ts";

/** Taking a claim back must not wait longer than the answer can; what is left then is the janitor's. */
const REMOVE_TIMEOUT_MS = 2_000;

/** A claim that is there now. `made` tells whether this call made it, so that only this call may take it back. */
export interface EnsuredClaim {
  readonly manifest: ClaimManifest;
  readonly uid: string;
  readonly made: boolean;
}

/** The port through which claims are made and taken back. */
export interface Claims {
  /**
   * Creates the claim, or finds the one that the same request made before. `deadline` is in milliseconds of `performance.now()`.
   * @throws {ClaimRefusedError}
   */
  ensure(manifest: ClaimManifest, deadline: number): Promise<EnsuredClaim>;
  /** Deletes the claim of exactly this uid; gone already is success. */
  remove(claim: EnsuredClaim): Promise<void>;
}

/** Claims on a real API server. */
export function claimsOn(api: ApiServer): Claims {
  return {
    async ensure(manifest, deadline) {
      let unknownOutcome = false;
      // The name is taken: by this very request, whose answer was lost or which was delivered twice, or by somebody else.
      let taken = false;
      for (let attempt = 0; ; attempt += 1) {
        const timeoutMs = tryTime(deadline - performance.now());
        try {
          if (taken) {
            const found = await read(api, manifest, timeoutMs);
            return {
              manifest,
              uid: ownUid(manifest, found),
              made: unknownOutcome,
            };
          }
          const uid = await create(api, manifest, timeoutMs);
          return { manifest, uid, made: true };
        } catch (error) {
          if (error instanceof ClaimRefusedError) throw error;
          if (!taken && isAlreadyThere(error)) {
            taken = true;
            continue;
          }
          const doing = taken ? "read" : "create";
          if (!taken) unknownOutcome ||= isUnknownOutcome(error);
          const pause = pauseBefore(attempt, error);
          if (pause === undefined) throw refusal(doing, manifest, error);
          if (performance.now() + pause >= deadline)
            throw unavailable(doing, manifest, error, attempt + 1);
          await sleep(pause);
        }
      }
    },

    async remove({ manifest, uid }) {
      try {
        await api({
          method: "DELETE",
          path: `${collection(manifest)}/${manifest.metadata.name}`,
          body: {
            apiVersion: "v1",
            kind: "DeleteOptions",
            preconditions: { uid },
          },
          timeoutMs: REMOVE_TIMEOUT_MS,
        });
      } catch (error) {
        if (!(error instanceof ApiStatusError && error.status === 404))
          throw error;
      }
    },
  };
}

async function create(
  api: ApiServer,
  manifest: ClaimManifest,
  timeoutMs: number,
): Promise<string> {
  const { body } = await api({
    method: "POST",
    path: collection(manifest),
    body: manifest,
    timeoutMs,
  });
  return uidOf(body);
}

async function read(
  api: ApiServer,
  manifest: ClaimManifest,
  timeoutMs: number,
): Promise<V1PersistentVolumeClaim> {
  const { body } = await api({
    method: "GET",
    path: `${collection(manifest)}/${manifest.metadata.name}`,
    timeoutMs,
  });
  return body as V1PersistentVolumeClaim;
}

/** The uid of the claim under our name. Throws when it is not that of this request, or is on its way out. */
function ownUid(
  { metadata: { annotations, name, namespace } }: ClaimManifest,
  found: V1PersistentVolumeClaim,
): string {
  const metadata = found.metadata ?? {};
  if (
    !carriesMarker(metadata.labels) ||
    metadata.annotations?.[REQUEST_UID_ANNOTATION] !==
      annotations[REQUEST_UID_ANNOTATION]
  ) {
    throw new ClaimRefusedError(
      409,
      // Not AlreadyExists: whoever creates the Pod would read that the Pod is there.
      "Conflict",
      `a PersistentVolumeClaim ${namespace}/${name} that this request did not make exists already; it is left as it is`,
    );
  }
  if (metadata.deletionTimestamp) {
    throw new ClaimRefusedError(
      503,
      "ServiceUnavailable",
      `PersistentVolumeClaim ${namespace}/${name} of this request is being deleted`,
    );
  }
  return uidOf(found);
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

function collection({ metadata }: ClaimManifest): string {
  return `/api/v1/namespaces/${encodeURIComponent(metadata.namespace)}/persistentvolumeclaims`;
}

function uidOf(body: unknown): string {
  return (body as V1PersistentVolumeClaim).metadata?.uid ?? "";
}

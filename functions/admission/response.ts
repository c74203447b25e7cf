import type { Operation } from "fast-json-patch";

/** The handler's answer to a request. The log and the person at kubectl read the reason. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  readonly reason: string;
  /** HTTP status that the API server answers to its client when the request is not allowed. */
  readonly code?: number;
  /** Machine-readable reason of that status, as in metav1.StatusReason. */
  readonly statusReason?: string;
  readonly patch?: readonly Operation[];
  readonly warnings?: readonly string[];
  /** What the Pod got from its pool when claims are reused; for the metrics and the log. */
  readonly pool?: PoolOutcome;
  /** Written to the API server's audit log. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Whether a set of claims was handed over. The reason is that of the set that was nearest to being free. */
export interface PoolOutcome {
  readonly outcome: "hit" | "miss" | "rejected";
  readonly reason: string;
}

/** The Pod may be created as it is. */
export function allowed(reason: string): AdmissionResponse {
  return { allowed: true, reason };
}

/** The Pod may be created with `patch`. */
export function patched(
  reason: string,
  patch: readonly Operation[],
): AdmissionResponse {
  return { allowed: true, reason, patch };
}

/** The Pod is wrong: only a change of the Pod helps. */
export function denied(reason: string): AdmissionResponse {
  return { allowed: false, reason, code: 422, statusReason: "Invalid" };
}

/** The Pod may be right, but its claims could not be created; `code` is an HTTP status of 400 or more. */
export function errored(
  code: number,
  statusReason: string,
  reason: string,
): AdmissionResponse {
  return { allowed: false, reason, code, statusReason };
}

/**
 * Characters of all warnings of one request that the API server passes on. When there are more, it cuts each to WARNING_LENGTH and
 * drops what exceeds the limit: truncateAtTotalRunes and truncateItemRunes of k8s.io/apiserver.
 */
const ALL_WARNINGS_LENGTH = 4_096;
const WARNING_LENGTH = 256;

/** The same response with warnings that kubectl shows: each once, and no more than the API server passes on. */
export function withWarnings(
  response: AdmissionResponse,
  warnings: readonly string[],
): AdmissionResponse {
  const different = [...new Set(warnings)];
  if (different.length === 0) return response;
  return { ...response, warnings: fitting(different) };
}

/** All warnings, or as many shortened ones as fit, and the number of the others. */
function fitting(warnings: readonly string[]): readonly string[] {
  if (lengthOf(warnings) <= ALL_WARNINGS_LENGTH) return warnings;
  const cut = warnings.map((text) => {
    const characters = [...text];
    return characters.length <= WARNING_LENGTH
      ? text
      : `${characters.slice(0, WARNING_LENGTH - 1).join("")}…`;
  });
  for (let count = cut.length; ; count -= 1) {
    const others = cut.length - count;
    const shown =
      others === 0
        ? cut
        : [...cut.slice(0, count), `and ${others} more warnings`];
    if (lengthOf(shown) <= ALL_WARNINGS_LENGTH) return shown;
  }
}

/** In code points, as the API server counts. */
function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + [...text].length, 0);
}

/** The AdmissionReview that answers the request `uid`. Only this function writes uid and patch. */
export function complete(uid: string, response: AdmissionResponse): object {
  const {
    allowed: isAllowed,
    auditAnnotations,
    code,
    patch,
    reason,
    statusReason,
    warnings,
  } = response;
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: isAllowed,
      ...(!isAllowed && {
        status: { code, reason: statusReason, message: reason },
      }),
      ...(patch && {
        patchType: "JSONPatch",
        patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
      }),
      ...(warnings && { warnings }),
      ...(auditAnnotations && { auditAnnotations }),
    },
  };
}

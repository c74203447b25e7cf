import type { Operation } from "fast-json-patch";

/** What the handler says of a request. The reason is for the log as well as for the person at kubectl. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  readonly reason: string;
  /** HTTP status that the API server gives its own client when the request is not allowed. */
  readonly code?: number;
  /** Machine-readable reason of that status, as in metav1.StatusReason. */
  readonly statusReason?: string;
  readonly patch?: readonly Operation[];
  readonly warnings?: readonly string[];
  /** Written to the API server's audit log. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
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

/** The Pod is wrong: nothing but a change of it will help. */
export function denied(reason: string): AdmissionResponse {
  return { allowed: false, reason, code: 422, statusReason: "Invalid" };
}

/** The Pod may be right, but we could not do our part; `code` is an HTTP status of 400 or more. */
export function errored(
  code: number,
  statusReason: string,
  reason: string,
): AdmissionResponse {
  return { allowed: false, reason, code, statusReason };
}

/** The same response with messages that kubectl shows to the person who made the request. */
export function withWarnings(
  response: AdmissionResponse,
  warnings: readonly string[],
): AdmissionResponse {
  return warnings.length === 0 ? response : { ...response, warnings };
}

/** The AdmissionReview that answers the request `uid`; the one place where uid and patch are put in. */
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

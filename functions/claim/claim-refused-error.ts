import { ApiStatusError } from "../kubernetes/api-server.ts";
import { messageOf } from "../message-of.ts";
import type { ClaimManifest } from "./build-claim.ts";

/** The claim cannot be had. `status` is 503 when another try of the Pod may succeed, else the API server's own. */
export class ClaimRefusedError extends Error {
  override readonly name = "ClaimRefusedError";
  readonly status: number;
  readonly reason: string;

  constructor(
    status: number,
    reason: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}

/** At what a request failed. */
export type ClaimRequest = "create" | "read";

/** The API server said no, and would say it again. */
export function refusal(
  doing: ClaimRequest,
  manifest: ClaimManifest,
  error: unknown,
): ClaimRefusedError {
  if (!(error instanceof ApiStatusError)) throw error;
  const { metadata } = manifest;
  const what = `cannot ${doing} PersistentVolumeClaim ${metadata.namespace}/${metadata.name}`;
  // Our own credentials are no fault of the person who made the Pod.
  if (error.status === 401)
    return new ClaimRefusedError(
      503,
      "ServiceUnavailable",
      `${what}: the API server does not accept the credentials of stateful-deployments: ${error.message}`,
      { cause: error },
    );
  return new ClaimRefusedError(
    error.status,
    error.reason ?? "Forbidden",
    `${what}: ${error.message}`,
    { cause: error },
  );
}

/** No answer in time: another try of the Pod may succeed. */
export function unavailable(
  doing: ClaimRequest,
  { metadata }: ClaimManifest,
  error: unknown,
  tries: number,
): ClaimRefusedError {
  const why = messageOf(error);
  return new ClaimRefusedError(
    503,
    "ServiceUnavailable",
    `could not ${doing} PersistentVolumeClaim ${metadata.namespace}/${metadata.name} in time (${tries} ${tries === 1 ? "try" : "tries"}): ${why}`,
    { cause: error },
  );
}

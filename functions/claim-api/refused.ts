import { ApiStatusError } from "../kubernetes/api-server.ts";
import { errorMessage } from "../contract/error-message.ts";
import type { ClaimManifest } from "../claim/build.ts";

/** The Pod gets no claim. Its creator gets `status` and `reason`; 503 means that another try may succeed. */
export class ClaimRefusedError extends Error {
  override readonly name = "ClaimRefusedError";
  readonly status: number;
  readonly reason: string;
  /** A create of this claim was sent, and its answer was lost: the claim may exist. */
  readonly mayExist: boolean;

  constructor(
    status: number,
    reason: string,
    message: string,
    {
      mayExist = false,
      ...options
    }: ErrorOptions & { mayExist?: boolean } = {},
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.mayExist = mayExist;
  }
}

/** An answer to the creator of a Pod. */
interface PodAnswer {
  readonly status: number;
  readonly reason: string;
}

const INVALID: PodAnswer = { status: 422, reason: "Invalid" };
const UNAVAILABLE: PodAnswer = { status: 503, reason: "ServiceUnavailable" };

/** Statuses that mean the same for a Pod as for its claim. */
const SAME_FOR_POD: Readonly<Record<number, PodAnswer>> = {
  // The annotations describe the claim: they are wrong, or ask for too much.
  400: INVALID,
  413: INVALID,
  422: INVALID,
  // A quota, a policy, a namespace that is being deleted, or missing rights of ours.
  403: { status: 403, reason: "Forbidden" },
  // Not AlreadyExists: the creator of the Pod would read that the Pod exists.
  409: { status: 409, reason: "Conflict" },
};

/**
 * The answer to the creator of a Pod when the API server answers a request about its claim with `status`. Most statuses would
 * be wrong about the Pod: 404 says that the Pod is not found, 401 that its creator has no valid credentials. They become 503,
 * with the message of the API server.
 */
export function answerForPod(status: number): PodAnswer {
  return SAME_FOR_POD[status] ?? UNAVAILABLE;
}

/** The request that failed. */
export type ClaimRequest = "create" | "read";

/** The API server rejected the request, and would reject it again. Rethrows an error that is not an answer: it is our own fault. */
export function refusal(
  doing: ClaimRequest,
  manifest: ClaimManifest,
  error: unknown,
  mayExist: boolean,
): ClaimRefusedError {
  if (!(error instanceof ApiStatusError)) throw error;
  const { reason, status } = answerForPod(error.status);
  // The creator of the Pod is not responsible for our credentials.
  const why =
    error.status === 401
      ? `the API server does not accept the credentials of stateful-deployments: ${error.message}`
      : error.message;
  return new ClaimRefusedError(
    status,
    reason,
    `cannot ${doing} ${nameOf(manifest)}: ${why}`,
    { cause: error, mayExist },
  );
}

/** No answer in time: another try of the Pod may succeed. */
export function unavailable(
  doing: ClaimRequest,
  manifest: ClaimManifest,
  error: unknown,
  { mayExist, tries }: { readonly tries: number; readonly mayExist: boolean },
): ClaimRefusedError {
  return new ClaimRefusedError(
    UNAVAILABLE.status,
    UNAVAILABLE.reason,
    `could not ${doing} ${nameOf(manifest)} in time (${tries} ${tries === 1 ? "try" : "tries"}): ${errorMessage(error)}`,
    { cause: error, mayExist },
  );
}

/** How messages name a claim. */
export function nameOf({ metadata }: ClaimManifest): string {
  return `PersistentVolumeClaim ${metadata.namespace}/${metadata.name}`;
}

import {
  ApiStatusError,
  ApiUnreachableError,
} from "../kubernetes/api-server.ts";
import type { ClaimManifest } from "../claim/build.ts";

/** An answer to the creator of a Pod. */
export interface PodAnswer {
  readonly status: number;
  readonly reason: string;
}

/** The annotations describe the claim: they are wrong, or ask for too much. */
export const INVALID: PodAnswer = { status: 422, reason: "Invalid" };
/** Not AlreadyExists: the creator of the Pod would read that the Pod exists. */
export const CONFLICT: PodAnswer = { status: 409, reason: "Conflict" };
/** Another try may succeed. */
export const UNAVAILABLE: PodAnswer = {
  status: 503,
  reason: "ServiceUnavailable",
};

/** Statuses that mean the same for a Pod as for its claim. */
const SAME_FOR_POD: Readonly<Record<number, PodAnswer>> = {
  400: INVALID,
  413: INVALID,
  422: INVALID,
  // A quota, a policy, a namespace that is being deleted, or missing rights of ours.
  403: { status: 403, reason: "Forbidden" },
  409: CONFLICT,
};

/** The Pod gets no claim. Its creator gets the status and reason of `answer`. */
export class ClaimRejectedError extends Error {
  override readonly name = "ClaimRejectedError";
  readonly status: number;
  readonly reason: string;
  /** A create of this claim was sent, and its answer was lost: the claim may exist. */
  readonly mayExist: boolean;

  constructor(
    { reason, status }: PodAnswer,
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

/**
 * The answer to the creator of a Pod when a request about its claims has failed with `error`. The message begins with `what`. Most
 * statuses would be wrong about the Pod: 404 says that the Pod is not found, 401 that its creator has no valid credentials. They
 * become 503, with the message of the API server.
 * @throws `error` when it is neither an answer nor the lack of one: it is our own fault
 */
export function rejectedFor(
  what: string,
  error: unknown,
  mayExist = false,
): ClaimRejectedError {
  const answered = error instanceof ApiStatusError;
  if (!answered && !(error instanceof ApiUnreachableError)) throw error;
  const status = answered ? error.status : 503;
  // The creator of the Pod is not responsible for our credentials.
  const why =
    status === 401
      ? `the API server does not accept the credentials of stateful-deployments: ${error.message}`
      : error.message;
  return new ClaimRejectedError(
    SAME_FOR_POD[status] ?? UNAVAILABLE,
    `${what}: ${why}`,
    { cause: error, mayExist },
  );
}

/** How messages name a claim. */
export function nameOf({ metadata }: ClaimManifest): string {
  return `PersistentVolumeClaim ${metadata.namespace}/${metadata.name}`;
}

import { ApiStatusError } from "../kubernetes/api-server.ts";
import { errorMessage } from "../contract/error-message.ts";
import { ADMISSION_RETRY, isTransient } from "../kubernetes/retry.ts";
import { SNAPSHOT_API, SNAPSHOT_KIND } from "../template/data-source.ts";
import type { DataSource } from "../template/data-source.ts";
import { annotationError, fieldMessage } from "../field/field-error.ts";
import { CLAIM_KIND, TEMPLATE_DATA_SOURCE } from "../contract/keys.ts";
import { answerForPod, ClaimRefusedError } from "./refused.ts";

/** A volume cannot start from the source; `why` is a sentence. */
export function unsuitable(source: DataSource, why: string): ClaimRefusedError {
  return new ClaimRefusedError(422, "Invalid", aboutSource(source, why));
}

/**
 * The rejection after the read of `source` in `namespace` has failed with `error`. Rethrows `error` when it is our own fault.
 */
export function sourceRefusal(
  error: unknown,
  source: DataSource,
  namespace: string,
): ClaimRefusedError {
  const kind = source.kind === "claim" ? CLAIM_KIND : SNAPSHOT_KIND;
  const refused = (
    status: number,
    reason: string,
    why: string,
  ): ClaimRefusedError =>
    new ClaimRefusedError(
      status,
      reason,
      aboutSource(source, `${why}: ${errorMessage(error)}`),
      { cause: error },
    );

  if (isTransient(error, ADMISSION_RETRY))
    return refused(
      503,
      "ServiceUnavailable",
      `could not read the ${kind} in time`,
    );
  if (!(error instanceof ApiStatusError)) throw error;
  switch (error.status) {
    case 404:
      // If the API is not installed, the answer is text and not a Status.
      return unsuitable(
        source,
        source.kind === "newest-snapshot" ||
          (source.kind === "snapshot" && error.reason !== "NotFound")
          ? `this cluster has no VolumeSnapshots: the API ${SNAPSHOT_API} is not installed`
          : `there is no ${kind} ${source.name} in namespace ${namespace}`,
      );
    case 400:
      return unsuitable(source, `the API server rejects it: ${error.message}`);
    // The creator of the Pod is not responsible for our credentials.
    case 401:
      return refused(
        503,
        "ServiceUnavailable",
        "the API server does not accept the credentials of stateful-deployments",
      );
    case 403:
      return refused(
        403,
        "Forbidden",
        `stateful-deployments may not read ${kind}s in namespace ${namespace}`,
      );
    default: {
      const { reason, status } = answerForPod(error.status);
      return refused(status, reason, `cannot read the ${kind}`);
    }
  }
}

function aboutSource({ text }: DataSource, why: string): string {
  return fieldMessage(
    annotationError(TEMPLATE_DATA_SOURCE, `cannot be used: ${why}`, text),
  );
}

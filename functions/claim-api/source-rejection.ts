import { ApiStatusError } from "../kubernetes/api-server.ts";
import { SNAPSHOT_API, SNAPSHOT_KIND } from "../template/data-source.ts";
import type { DataSource } from "../template/data-source.ts";
import { annotationError, fieldMessage } from "../field/field-error.ts";
import { CLAIM_KIND, TEMPLATE_DATA_SOURCE } from "../contract/keys.ts";
import { ClaimRejectedError, INVALID, rejectedFor } from "./rejected.ts";

/** A volume cannot start from the source; `why` is a sentence. */
export function unsuitable(
  source: DataSource,
  why: string,
): ClaimRejectedError {
  return new ClaimRejectedError(INVALID, aboutSource(source, why));
}

/**
 * The rejection after the read of `source` in `namespace` has failed with `error`.
 * @throws `error` when it is our own fault
 */
export function sourceRejection(
  error: unknown,
  source: DataSource,
  namespace: string,
): ClaimRejectedError {
  const kind = source.kind === "claim" ? CLAIM_KIND : SNAPSHOT_KIND;
  const { message, reason, status }: Partial<ApiStatusError> =
    error instanceof ApiStatusError ? error : {};
  if (status === 404)
    // If the API is not installed, the answer is text and not a Status.
    return unsuitable(
      source,
      source.kind === "newest-snapshot" ||
        (source.kind === "snapshot" && reason !== "NotFound")
        ? `this cluster has no VolumeSnapshots: the API ${SNAPSHOT_API} is not installed`
        : `there is no ${kind} ${source.name} in namespace ${namespace}`,
    );
  if (status === 400)
    return unsuitable(source, `the API server rejects it: ${message}`);
  const what =
    status === 403
      ? `stateful-deployments may not read ${kind}s in namespace ${namespace}`
      : `cannot read the ${kind}`;
  return rejectedFor(aboutSource(source, what), error);
}

function aboutSource({ text }: DataSource, why: string): string {
  return fieldMessage(
    annotationError(TEMPLATE_DATA_SOURCE, `cannot be used: ${why}`, text),
  );
}

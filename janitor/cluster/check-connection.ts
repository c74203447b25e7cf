import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../functions/kubernetes/api-server.ts";
import { NoClusterError } from "../../functions/kubernetes/kube-config.ts";
import type { ClusterAccess } from "../../functions/kubernetes/kube-config.ts";
import { errorMessage } from "../../functions/contract/error-message.ts";
import type { ApiServer } from "../../functions/kubernetes/api-server.ts";
import { JANITOR_RETRY, retry } from "../../functions/kubernetes/retry.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";

/** An API server answers this in milliseconds. */
const TIMEOUT_MS = 5_000;

/**
 * Checks that an API server answers. Otherwise a server that stays silent, or a firewall that drops packets, would delay the first
 * list for minutes. Any answer is enough, also a rejection. Throws an ApiUnreachableError after half a minute at most.
 */
export async function checkConnection(
  api: ApiServer,
  sleep: Sleep,
): Promise<void> {
  await retry(JANITOR_RETRY, { sleep }, async () => {
    try {
      await api({ method: "GET", path: "/version", timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof ApiStatusError)) throw error;
    }
  });
}

/**
 * Obtains the credentials before any time-out runs: an exec plugin may wait for a person to log in.
 * @throws {NoClusterError}
 */
export async function obtainCredentials({
  config,
}: Pick<ClusterAccess, "config">): Promise<void> {
  try {
    await config.applyToHTTPSOptions({});
  } catch (error) {
    throw new NoClusterError(
      `no cluster: cannot use the credentials: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/** Says that there is no cluster, or that it does not accept the credentials: another run fails in the same way. Undefined for other errors. */
export function whyUnusable(error: unknown): string | undefined {
  if (error instanceof NoClusterError) return error.message;
  if (error instanceof ApiUnreachableError)
    return `no cluster: ${error.message}`;
  return error instanceof ApiStatusError && error.status === 401
    ? `the cluster does not accept the credentials: ${error.message}`
    : undefined;
}

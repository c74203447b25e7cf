import type { ApiServer } from "../kubernetes/api-server.ts";
import { errorMessage } from "../contract/error-message.ts";

/** A probe has one second by default. An API server that needs longer for its version cannot serve an admission either. */
const CHECK_TIMEOUT_MS = 900;

/** How long a good answer is valid: probes come more often than an API server goes away. */
const GOOD_FOR_MS = 5_000;

/** Why the function is not ready; undefined when it is. */
export type Readiness = () => Promise<string | undefined>;

/**
 * Ready while the API server answers `GET /version` to our credentials; the first answer also opens the connection that the first
 * claim needs. Concurrent callers share one check.
 */
export function readinessOf(api: ApiServer): Readiness {
  let goodUntil = 0;
  let underWay: Promise<string | undefined> | undefined;

  async function check(): Promise<string | undefined> {
    try {
      await api({
        method: "GET",
        path: "/version",
        timeoutMs: CHECK_TIMEOUT_MS,
      });
      goodUntil = performance.now() + GOOD_FOR_MS;
      return undefined;
    } catch (error) {
      return `the API server cannot be used: ${errorMessage(error)}`;
    }
  }

  return async () =>
    performance.now() < goodUntil
      ? undefined
      : await (underWay ??= check().finally(() => {
          underWay = undefined;
        }));
}

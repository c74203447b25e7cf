import { ApiStatusError } from "../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../functions/kubernetes/api-server.ts";
import { retryTransient } from "./back-off.ts";
import type { Sleep } from "./back-off.ts";

/** An API server answers this in milliseconds. */
const TIMEOUT_MS = 5_000;

/**
 * Asks whether there is an API server at all: one that takes connections and stays silent, or a firewall that drops them, would
 * hold up the first list for minutes. Any answer will do, a refusal too. Throws an ApiUnreachableError after half a minute at most.
 */
export async function reach(api: ApiServer, sleep: Sleep): Promise<void> {
  await retryTransient(async () => {
    try {
      await api({ method: "GET", path: "/version", timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof ApiStatusError)) throw error;
    }
  }, sleep);
}

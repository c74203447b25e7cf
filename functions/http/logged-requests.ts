import type { Logger } from "./logger.ts";
import { errorMessage } from "../contract/error-message.ts";
import { ApiStatusError } from "../kubernetes/api-server.ts";
import type { ApiServer } from "../kubernetes/api-server.ts";

/** `api`, with a debug line for each request: its path, its duration, and the status or the error. */
export function loggedRequests(api: ApiServer, log: Logger): ApiServer {
  return async (request) => {
    const startedAt = performance.now();
    const tell = (outcome: Readonly<Record<string, unknown>>): void =>
      log.debug("API request", {
        method: request.method,
        path: request.path,
        ms: Math.round(performance.now() - startedAt),
        ...outcome,
      });
    try {
      const answer = await api(request);
      tell({ status: answer.status });
      return answer;
    } catch (error) {
      tell({
        ...(error instanceof ApiStatusError && { status: error.status }),
        error: errorMessage(error),
      });
      throw error;
    }
  };
}

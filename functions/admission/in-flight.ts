import type { AdmissionHandler } from "./handler.ts";
import { errored } from "./response.ts";

/**
 * Admissions worked on at once. Each holds a Pod of some kilobytes and waits for one of the kept connections, some ten
 * milliseconds each: a thousand are through in a second or two, and more would run into their deadlines together.
 */
export const MAX_IN_FLIGHT = 1_000;

/** The handler with a limit: what comes on top is turned away at once, while its caller still has time to try again. */
export function limitInFlight(
  handler: AdmissionHandler,
  limit: number = MAX_IN_FLIGHT,
): AdmissionHandler {
  let inFlight = 0;
  return async (request, deadline) => {
    if (inFlight >= limit)
      return errored(
        503,
        "ServiceUnavailable",
        `busy with ${inFlight} other Pods; try again`,
      );
    inFlight += 1;
    try {
      return await handler(request, deadline);
    } finally {
      inFlight -= 1;
    }
  };
}

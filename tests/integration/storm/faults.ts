import type { ApiProxy } from "../../support/api-proxy.ts";
import type { Fault, ProxiedRequest } from "../../support/fault.ts";

/** What goes wrong between our programs and the API server, by what a report calls it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "reset after the server has done the work": { resetAfterWrite: true },
  "reset before the request reached the server": { resetBefore: true },
  "status 500": { status: 500 },
  "status 429": { status: 429, headers: { "retry-after": "1" } },
  "delay of 1.5 s": { delayMs: 1_500 },
  "delay of 0.3 s": { delayMs: 300 },
};

/** How many of the requests meet each of the faults. */
const SHARE = 0.02;

/** Lets requests that `isMeant` meet faults; gives how many met each so far. */
export function injectFaults(
  proxy: ApiProxy,
  random: () => number,
  isMeant: (request: ProxiedRequest) => boolean = () => true,
): () => Record<string, number> {
  const injected = Object.entries(FAULTS).map(
    ([name, fault]) =>
      [
        name,
        proxy.intercept(
          (request) => isMeant(request) && random() < SHARE,
          fault,
        ),
      ] as const,
  );
  return () =>
    Object.fromEntries(injected.map(([name, { hits }]) => [name, hits]));
}

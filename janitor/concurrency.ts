import type { ApiServer } from "../functions/kubernetes/api-server.ts";

/** Calls `work` for every item, for at most `limit` of them at a time. Rejects with the first failure. */
export async function forEachLimited<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items].values(); // shared: each worker takes the next item
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

/**
 * `api` with at most `limit` requests under way. The others wait in the order they came, but writes come before reads: a
 * delete rests on a look that grows older while it waits.
 */
export function limitRequests(api: ApiServer, limit: number): ApiServer {
  const writes: (() => void)[] = [];
  const reads: (() => void)[] = [];
  let free = limit;
  return async (request) => {
    if (free > 0) free -= 1;
    else {
      const waiting = request.method === "GET" ? reads : writes;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await api(request);
    } finally {
      const next = writes.shift() ?? reads.shift();
      if (next) next();
      else free += 1;
    }
  };
}

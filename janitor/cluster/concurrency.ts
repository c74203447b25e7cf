import type {
  ApiRequest,
  ApiServer,
} from "../../functions/kubernetes/api-server.ts";

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

/** Runs each work after the one before has ended, also if that failed. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * `api` with at most `limit` requests under way. The others wait in the order they came, but changes come before reads, since
 * the re-check before a delete grows older while the delete waits. Creates come last: they are Events, and nothing waits for them.
 */
export function limitRequests(api: ApiServer, limit: number): ApiServer {
  const changes: (() => void)[] = [];
  const reads: (() => void)[] = [];
  const creates: (() => void)[] = [];
  const queueOf = (method: ApiRequest["method"]): (() => void)[] => {
    if (method === "GET") return reads;
    return method === "POST" ? creates : changes;
  };
  let free = limit;
  return async (request) => {
    if (free > 0) free -= 1;
    else {
      const waiting = queueOf(request.method);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await api(request);
    } finally {
      const next = changes.shift() ?? reads.shift() ?? creates.shift();
      if (next) next();
      else free += 1;
    }
  };
}

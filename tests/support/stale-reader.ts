import type {
  PoolReader,
  SharedLists,
} from "../../functions/hand-over/lists.ts";

/** Shows every request the first lists of its pool for ever, and nothing of what other requests of this instance have tried since. */
export function staleReader(reader: PoolReader): PoolReader {
  const first = new Map<string, SharedLists>();
  return {
    async read(namespace, pool, notBefore, deadline) {
      const key = `${namespace}/${pool}`;
      const lists =
        first.get(key) ??
        (await reader.read(namespace, pool, notBefore, deadline));
      first.set(key, lists);
      // TypeScript does not check the names of properties beside a spread.
      const own: Pick<SharedLists, "tried"> = { tried: new Map() };
      return { ...lists, ...own };
    },
  };
}

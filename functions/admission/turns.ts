import { endsBy } from "../contract/ends-by.ts";

/** Does work with the same key one after another. */
export interface Turns {
  /**
   * Does `work` after all earlier work with the same key. The next work begins after `ended`, which gets the result. Returns
   * undefined when its turn does not come by `deadline`, in milliseconds of `performance.now()`.
   */
  inTurn<T>(
    key: string,
    deadline: number,
    work: () => Promise<T>,
    ended: (result: T) => Promise<void>,
  ): Promise<T | undefined>;
}

/** Turns among the requests of this instance; another instance does not know of them. */
export function createTurns(): Turns {
  const underWay = new Map<string, Promise<unknown>>();
  return {
    async inTurn(key, deadline, work, ended) {
      for (
        let earlier = underWay.get(key);
        earlier !== undefined;
        earlier = underWay.get(key)
      )
        if (!(await endsBy(earlier, deadline))) return undefined;
      const result = work();
      underWay.set(
        key,
        result
          .then(ended)
          .catch(() => undefined)
          .then(() => underWay.delete(key)),
      );
      return await result;
    },
  };
}

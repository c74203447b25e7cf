/** Items that are read anew by each iteration. */
export interface Packed<T> extends Iterable<T> {
  readonly count: number;
}

/**
 * Keeps the items as JSON in a buffer. A sweep keeps something of each claim of the cluster. As objects that would be on the heap, which
 * V8 lets grow to several times the size of what is kept there; buffers are outside of it.
 */
export function packed<T>(items: readonly T[]): Packed<T> {
  const json = Buffer.from(JSON.stringify(items));
  return {
    count: items.length,
    [Symbol.iterator]: () => (JSON.parse(json.toString()) as T[]).values(),
  };
}

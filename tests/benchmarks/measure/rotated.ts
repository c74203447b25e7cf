/** The same items, beginning with another one in each round: the first of a round finds the machine in another state than the last. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

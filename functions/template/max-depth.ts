/** True when objects or arrays are nested in `value` more than so many levels deep, also when one contains itself. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (levels === 0 ||
      Object.values(value).some((child) => isDeeperThan(levels - 1, child)))
  );
}

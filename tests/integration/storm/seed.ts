/** The seed of all random choices of a storm, but for the names of what it creates. It is printed, and STORM_SEED repeats it. */
export const STORM_SEED = Number(
  process.env["STORM_SEED"] ?? Date.now() % 1_000_000,
);

/** How many seconds a storm lasts: a minute in `npm test`. */
export const STORM_SECONDS = Number(process.env["STORM_SECONDS"] ?? 60);

/**
 * Numbers from 0 to 1 that depend on the seed alone: mulberry32. Each `purpose` has numbers of its own, so that one does not shift
 * those of another.
 */
export function randomNumbers(purpose: number): () => number {
  // Neighbouring seeds would otherwise share the numbers of neighbouring purposes.
  let state = (Math.imul(STORM_SEED, 0x9e3779b1) + purpose) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The item at a share from 0 to 1 of the list. Throws when there is none. */
export function itemAt<T>(items: readonly T[], share: number): T {
  const [item] = items.slice(Math.floor(share * items.length));
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["Ei", 2 ** 60],
  ["Pi", 2 ** 50],
  ["Ti", 2 ** 40],
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
  ["E", 1e18],
  ["P", 1e15],
  ["T", 1e12],
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
  ["", 1],
];

/** Longer than this, a number of bytes is shown rounded. */
const MAX_LENGTH = 7;

/** Bytes for people: the shortest exact quantity, such as `30Gi` or `1.5G`, or about so many Gi where that is long. */
export function formatStorage(bytes: number): string {
  if (bytes === 0) return "0";
  const exact = UNITS.filter(
    ([, factor]) => factor <= bytes && Number.isInteger((bytes * 100) / factor),
  )
    .map(([unit, factor]) => `${bytes / factor}${unit}`)
    .reduce(
      (best, text) => (text.length < best.length ? text : best),
      String(bytes),
    );
  if (exact.length <= MAX_LENGTH) return exact;
  const [unit, factor] = UNITS.find(([, size]) => bytes >= size) ?? ["", 1];
  return `${(bytes / factor).toFixed(2)}${unit}`;
}

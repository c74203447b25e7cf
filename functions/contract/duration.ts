const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g;

/** Milliseconds of a duration such as `90s`, `1h30m` or `7d` (Go's notation and days); undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!DURATION.test(text)) return undefined;
  return [...text.matchAll(PART)].reduce(
    (sum, [, count, unit]) =>
      sum + Number(count) * (UNITS[unit ?? ""] ?? Number.NaN),
    0,
  );
}

/** A duration for people, in at most two units and rounded down, as kubectl shows ages: `45s`, `5m30s`, `3h12m`, `4d`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  return `${Math.floor(hours / 24)}d`;
}

function pair(
  first: number,
  firstUnit: string,
  second: number,
  secondUnit: string,
): string {
  return second === 0
    ? `${first}${firstUnit}`
    : `${first}${firstUnit}${second}${secondUnit}`;
}

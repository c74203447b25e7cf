export { parseDuration } from "../contract/duration.ts";

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

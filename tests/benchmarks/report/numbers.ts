/** A figure with as many digits as people compare. */
export function figure(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) < 10) return value.toFixed(2);
  return value.toFixed(Math.abs(value) < 100 ? 1 : 0);
}

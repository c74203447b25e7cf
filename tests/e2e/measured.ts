/** Prints, among the tests, how long something took. */
export function measured(what: string, milliseconds: number): void {
  process.stdout.write(
    `      ${what}: ${(milliseconds / 1_000).toFixed(1)} s\n`,
  );
}

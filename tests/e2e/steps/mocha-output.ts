/** Prints, among the tests, how long something took. */
export function measured(what: string, milliseconds: number): void {
  process.stdout.write(
    `      ${what}: ${(milliseconds / 1_000).toFixed(1)} s\n`,
  );
}

/** Skips a test, or in a hook all tests of its block, and prints why; mocha itself shows only that it did. */
export function skipBecause(context: Mocha.Context, reason: string): never {
  process.stdout.write(`      not run: ${reason}\n`);
  return context.skip();
}

/** The state directory of a cluster whose node is this machine. Skips where the nodes are other machines. */
export function nodeState(context: Mocha.Context): string {
  return (
    process.env["E2E_CLUSTER_STATE"] ??
    skipBecause(context, "the nodes of this cluster are not this machine")
  );
}

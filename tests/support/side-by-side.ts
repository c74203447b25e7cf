/**
 * Runs the tests of a suite at the same time: they wait for controllers, and take little of the processor. Each of them passes or
 * fails by itself, and each needs a namespace of its own.
 */
export function sideBySide(
  tests: Readonly<Record<string, () => Promise<unknown>>>,
): void {
  const running = new Map<string, Promise<unknown>>();
  before(() => {
    for (const [title, test] of Object.entries(tests)) {
      const run = test();
      // The test below reports it.
      run.catch(() => undefined);
      running.set(title, run);
    }
  });
  for (const title of Object.keys(tests))
    it(title, async () => {
      await running.get(title);
    });
}

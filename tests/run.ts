import { globSync } from "node:fs";
import path from "node:path";
import { runProgram } from "./support/run-program.ts";

/**
 * All tests, in two processes side by side: most of them wait for a control plane, and each process has one of its own. Which
 * files go where is fixed, since tests of one process see what those before them have left on theirs.
 */
const repository = path.join(import.meta.dirname, "..");
const mocha = path.join(repository, "node_modules/mocha/bin/mocha.js");

const onControlPlane = globSync("tests/control-plane/**/*.test.ts", {
  cwd: repository,
});
const others = globSync("tests/**/*.test.ts", {
  cwd: repository,
  exclude: ["tests/control-plane/**"],
});

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => interrupted.abort());

/** The first is shown while it runs, the second when the first has ended: two at once could not be read. */
const second = run(others, false);
const first = await run(onControlPlane, true);
const { stdout, exitCode } = await second;
process.stdout.write(stdout);
process.exitCode = first.exitCode === 0 && exitCode === 0 ? 0 : 1;

function run(
  files: readonly string[],
  show: boolean,
): ReturnType<typeof runProgram> {
  return runProgram(process.execPath, [mocha, ...files.toSorted()], {
    show,
    showErrors: true,
    aborted: interrupted.signal,
  });
}

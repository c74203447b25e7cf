import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { buildIfOld } from "./support/built-programs.ts";
import { failuresIn } from "./support/failures-in.ts";
import { runProgram } from "./support/run-program.ts";
import type { Ran } from "./support/run-program.ts";

/**
 * All tests, in four processes side by side: most of them wait for a control plane, and each process has one of its own. Which
 * files go where is fixed, since tests of one process see what those before them have left on theirs.
 */
const repository = path.join(import.meta.dirname, "..");
const mocha = path.join(repository, "node_modules/mocha/bin/mocha.js");

/** Those that wait for half a minute, while the machine has enough else to do. */
const waiting = [
  "tests/integration/admission/two-hundred-replicas.test.ts",
  "tests/integration/certificates/certificates.test.ts",
  "tests/examples/demo/demo.test.ts",
];
/** Those that need none, or start their own. */
const apart = [
  "tests/control-plane/lifetime.test.ts",
  "tests/control-plane/control-plane.test.ts",
  "tests/control-plane/control-plane-program.test.ts",
  "tests/control-plane/control-plane-starts.test.ts",
  "tests/manifests/drift.test.ts",
  "tests/manifests/installation.test.ts",
  "tests/images/images.test.ts",
];
const onControlPlane = globSync("tests/integration/**/*.test.ts", {
  cwd: repository,
  exclude: [...waiting, ...apart],
}).toSorted();
const others = globSync("tests/**/*.test.ts", {
  cwd: repository,
  exclude: ["tests/integration/**", ...waiting, ...apart],
}).toSorted();

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => interrupted.abort());

// A file that was renamed would run among the others, unnoticed.
for (const file of [...waiting, ...apart])
  if (!existsSync(path.join(repository, file)))
    throw new Error(`tests/run.ts names ${file}, which is not there`);
// Once, before each of the processes finds that it has to.
await buildIfOld();

/** One is shown while it runs, the others when it has ended: all at once could not be read. */
const later = [run(others), run(waiting), run(apart)];
const ran = [await run(onControlPlane, { tee: true })];
for (const each of later) {
  ran.push(await each);
  process.stdout.write(ran.at(-1)?.stdout ?? "");
}
// Once more at the end, where people look first.
for (const { stdout } of ran) process.stdout.write(failuresIn(stdout));
process.exitCode = ran.every(({ exitCode }) => exitCode === 0) ? 0 : 1;

function run(
  files: readonly string[],
  { tee = false }: { tee?: boolean } = {},
): Promise<Ran> {
  const color = process.stdout.isTTY ? "--color" : "--no-color";
  return runProgram(process.execPath, [mocha, color, ...files], {
    tee,
    showErrors: true,
    aborted: interrupted.signal,
  });
}

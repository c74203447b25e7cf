import { globSync } from "node:fs";
import path from "node:path";
import { findBinaries } from "./control-plane/binaries.ts";
import { buildIfOld } from "./support/built-programs.ts";
import { runProgram } from "./control-plane/run-program.ts";
import type { Ran, RunOptions } from "./control-plane/run-program.ts";

/**
 * All tests, in six processes side by side: most of them wait for a control plane, and each process has one of its own, if its files
 * need one. A file that moves or is new needs no change here: it runs with the others of its directory.
 */
const repository = path.join(import.meta.dirname, "..");
const mocha = path.join(repository, "node_modules/mocha/bin/mocha.js");

const taken = new Set<string>();
/** Files that no process before it has. */
function filesOf(...patterns: readonly string[]): readonly string[] {
  const files = globSync(patterns, { cwd: repository })
    .filter((file) => !taken.has(file))
    .toSorted();
  for (const file of files) taken.add(file);
  return files;
}

/** Some wait for half a minute, while the machine has the units to do. */
const waitingAndUnits = filesOf(
  "tests/integration/admission/two-hundred-replicas.test.ts",
  "tests/integration/certificates/certificates.test.ts",
  "tests/{functions,janitor}/**/*.test.ts",
);
/** They start control planes of their own. */
const startingTheirOwn = filesOf(
  "tests/manifests/{drift,installation}.test.ts",
  "tests/examples/demo/**/*.test.ts",
);
/** They take three minutes alone. */
const storms = filesOf("tests/integration/storm/*.test.ts");
/** They wait for leases, and take little of the processor. */
const reuse = filesOf("tests/integration/reuse/**/*.test.ts");
const onControlPlane = filesOf(
  "tests/integration/**/*.test.ts",
  "tests/{control-plane,images}/**/*.test.ts",
);
const others = filesOf("tests/**/*.test.ts");

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => interrupted.abort());

// Once, before each of the processes finds that it has to. Without a control plane the tests that need one say why.
await buildIfOld();
await findBinaries().catch(() => undefined);

/** One is shown while it runs, the others when it has ended: all at once could not be read. */
const later = [
  run(others),
  run(waitingAndUnits),
  run(storms),
  run(reuse),
  // They run built programs, in which coverage does not count.
  run(startingTheirOwn, {
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
  }),
];
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
  { tee = false, env = process.env }: Pick<RunOptions, "tee" | "env"> = {},
): Promise<Ran> {
  // Without files mocha would look for its default ones.
  if (files.length === 0)
    return Promise.resolve({ stdout: "", stderr: "", exitCode: 0 });
  const color = process.stdout.isTTY ? "--color" : "--no-color";
  return runProgram(process.execPath, [mocha, color, ...files], {
    tee,
    env,
    showErrors: true,
    aborted: interrupted.signal,
  });
}

/** What mocha's output says of failed tests, without the line that counts them; empty where none failed. */
function failuresIn(output: string): string {
  const [, failures = ""] = output.split(/^\S*\s+\d+ failing.*\n/m);
  return failures;
}

/**
 * A program of its own that starts a control plane, or in its place two processes that do nothing, and then ends as its
 * argument says: for the tests that nothing survives it. Prints one line of JSON when all is up.
 */
import { makeInstanceDirectories } from "./instance-directories.ts";
import { createProcesses } from "./processes.ts";

const [end, scope] = process.argv.slice(2);

const started = await (scope === "control plane" ? startWholly() : startIdle());
const { directory, kubeconfigPath } = started;
process.stdout.write(`${JSON.stringify({ directory, kubeconfigPath })}\n`);

if (end === "throw") {
  setTimeout(() => {
    throw new Error("an error that nobody catches");
  });
} else if (end === "wait") {
  setInterval(() => undefined, 60_000);
}
// Otherwise there is nothing left to do, and Node ends although nobody called stop().

async function startWholly() {
  // Loading it takes most of a second, which the others do without.
  const { startControlPlane } = await import("./control-plane.ts");
  return await startControlPlane();
}

/** A process and its child, both with the directory in their command line. */
async function startIdle() {
  const made = await makeInstanceDirectories();
  const processes = await createProcesses(made.directory, made.dataDirectory);
  void processes.start("idle", "/bin/sh", [
    "-c",
    'tail -F "$1/nothing" & wait',
    "idle",
    made.directory,
  ]);
  return { directory: made.directory, kubeconfigPath: undefined };
}

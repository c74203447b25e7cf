import { once } from "node:events";
import { runCommand } from "./command.ts";
import { cacheDirectory, findBinaries } from "./binaries.ts";
import { startControlPlane } from "./control-plane.ts";
import { help, parseOptions } from "./options.ts";
import type { ControlPlaneProgramOptions } from "./options.ts";

/** Neither child processes nor signal handlers keep Node running; any timer does. */
const keepAliveMs = 60_000;

/** Runs until a signal or a failure and returns the exit code. */
async function run(options: ControlPlaneProgramOptions): Promise<number> {
  const binaries = await findBinaries();
  if (options.build) {
    log(`The programs are in ${binaries.directory}`);
    return 0;
  }
  const controlPlane = await startControlPlane({
    binaries,
    log,
    auditLog: options.auditLog,
    ...(options.controllers ? {} : { controllers: false }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
  });
  // Only now: until here the default, to end at once, is right, and the processes end with this one anyway.
  const signal = Promise.race([
    once(process, "SIGINT"),
    once(process, "SIGTERM"),
  ]);
  log(`Running: ${controlPlane.running.join(", ")} from ${binaries.directory}`);
  log(
    `Logs: ${controlPlane.directory}/logs; Ctrl-C ends it and removes everything`,
  );
  process.stdout.write(`export KUBECONFIG=${controlPlane.kubeconfigPath}\n`);
  const alive = setInterval(() => undefined, keepAliveMs);
  const failure = await Promise.race([
    controlPlane.failed,
    signal.then(() => undefined),
  ]);
  clearInterval(alive);
  // A failure was logged when it happened; it is thrown here once more.
  await controlPlane.stop().catch(() => undefined);
  return failure === undefined ? 0 : 1;
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = await runCommand({
  parseOptions,
  help: async () => help.replace("CACHE", await cacheDirectory(process.env)),
  run,
});

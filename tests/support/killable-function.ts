import { join } from "node:path";
import { freePort } from "../control-plane/free-port.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { certificateDirectory } from "./function-on.ts";
import { portOf, startProgram } from "./program.ts";
import type { Program } from "./program.ts";

const PROGRAM = join(import.meta.dirname, "function-program.ts");

/** The function in a process of its own. */
export interface KillableFunction {
  readonly port: number;
  /** How often it was killed so far. */
  readonly kills: number;
  /** What it logged so far, before it was killed, too. */
  readonly log: () => string;
  /** Kills the process in the middle of whatever it does, and starts it again on the same port. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts the function in a process of its own, against what `kubeconfigPath` leads to. A lease lasts `leaseMs`. */
export async function startKillableFunction(
  controlPlane: ControlPlane,
  kubeconfigPath: string,
  leaseMs: number,
  staleLists = false,
): Promise<KillableFunction> {
  const port = await freePort();
  const env = {
    KUBECONFIG: kubeconfigPath,
    LEASE_MS: String(leaseMs),
    PORT: String(port),
    TLS_CERT_DIR: await certificateDirectory(controlPlane),
    ...(staleLists && { STALE_LISTS: "1" }),
  };
  const start = (): Program => startProgram(PROGRAM, { env });
  let running = start();
  let stopped = false;
  let kills = 0;
  let logged = "";
  const stop = async (): Promise<void> => {
    running.process.kill("SIGKILL");
    await running.exited;
  };
  const startAgain = async (): Promise<void> => {
    kills += 1;
    await stop();
    logged += `${running.stdout()}\n`;
    if (stopped) return;
    running = start();
    await portOf(running);
  };
  let restarting: Promise<void> | undefined;
  // The test run would not end while it runs.
  await portOf(running).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    port,
    get kills() {
      return kills;
    },
    log: () => logged + running.stdout(),
    restart() {
      // One at a time: two programs cannot have the port.
      restarting ??= startAgain().finally(() => {
        restarting = undefined;
      });
      return restarting;
    },
    async stop() {
      stopped = true;
      await stop();
    },
  };
}

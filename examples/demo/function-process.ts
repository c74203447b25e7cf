import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { ControlPlane } from "../../tests/control-plane/control-plane.ts";
import { freePort } from "../../tests/control-plane/free-port.ts";
import { startReaper } from "../../tests/control-plane/reaper.ts";
import { FUNCTION } from "../../tests/support/built-programs.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { command, line } from "./screen.ts";

const startTimeoutMs = 90_000;

/** The function as a process that serves HTTPS. */
export interface FunctionProcess {
  /** Where the API server sends reviews: the secret path. */
  readonly url: string;
  readonly caPem: string;
  /** The lines of its log so far. */
  readonly log: readonly string[];
  /** Resolves, and never rejects, when the process ends before `stop`. */
  readonly failed: Promise<Error>;
  /** Ends it after its work. Throws if its exit code is not 0. */
  stop(): Promise<void>;
}

/** Starts the built function and waits until it listens. With `watch` it runs the sources, and restarts when one of them changes. */
export async function startFunction(
  controlPlane: ControlPlane,
  watch: boolean,
): Promise<FunctionProcess> {
  const token = randomBytes(16).toString("hex");
  const port = await freePort();
  const certificates = join(controlPlane.directory, "function-tls");
  const { cert, key } = await controlPlane.certificate(["127.0.0.1"]);
  await mkdir(certificates, { mode: 0o700 });
  await writeFile(join(certificates, "tls.crt"), cert);
  await writeFile(join(certificates, "tls.key"), key, { mode: 0o600 });

  const args = watch
    ? [
        "--watch",
        "--watch-path=functions",
        "--watch-preserve-output",
        "functions/main.ts",
      ]
    : [FUNCTION];
  command(
    `PORT=${port} TLS_CERT_DIR=${certificates} WEBHOOK_TOKEN=$(openssl rand -hex 16) node ${args.join(" ")}`,
  );
  const child = spawn(
    process.execPath,
    [...args.slice(0, -1), resolve(args.at(-1) ?? "")],
    {
      env: {
        PATH: process.env["PATH"],
        KUBECONFIG: controlPlane.kubeconfigPath,
        PORT: String(port),
        TLS_CERT_DIR: certificates,
        WEBHOOK_TOKEN: token,
      },
      // A process group of its own: Ctrl-C reaches only this process, which lets the function finish. Otherwise the reaper ends it.
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const reaper = startReaper([]);
  if (child.pid !== undefined) reaper.watch(child.pid);
  const exited = once(child, "exit") as Promise<[number | null]>;
  child.stdout.pipe(
    createWriteStream(join(controlPlane.directory, "logs/function.log")),
  );
  const log: string[] = [];
  createInterface({ input: child.stdout }).on("line", (text) => {
    if (text.startsWith("{")) log.push(text);
    // `node --watch` reports here what it does.
    else line(text);
  });
  const failed = exited.then(
    ([code]) => new Error(`the function ended with exit code ${code}`),
  );
  const listening = eventually(
    "the function listens",
    () => log.some((text) => text.includes('"msg":"listening"')),
    startTimeoutMs,
  );
  // The poll goes on after the process has ended, and then fails.
  listening.catch(() => undefined);
  const outcome = await Promise.race([listening, failed]);
  if (outcome instanceof Error) throw outcome;
  return {
    url: `https://127.0.0.1:${port}/mutate/${token}`,
    caPem: controlPlane.caPem,
    log,
    failed,
    async stop() {
      child.kill("SIGTERM");
      const [code] = await exited;
      await reaper.end();
      if (code !== 0)
        throw new Error(
          `the function ended with exit code ${code} instead of 0 after SIGTERM`,
        );
    },
  };
}

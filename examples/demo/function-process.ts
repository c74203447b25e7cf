import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { ControlPlane } from "../../tests/control-plane/control-plane.ts";
import { FUNCTION } from "../../tests/support/built-programs.ts";
import { eventually } from "../../tests/support/eventually.ts";
import type { ChildProcesses } from "./child-processes.ts";

/** It listens about 0.2 s after its start on an idle machine. */
const startTimeoutMs = 30_000;

/** One line of the function's log about a Pod. */
export interface Admission {
  readonly pod: string;
  readonly outcome: string;
  readonly ms: number;
}

/** The built function, running as a process that serves HTTPS. */
export interface FunctionProcess {
  /** Where reviews are to be sent: the secret path. */
  readonly url: string;
  readonly caPem: string;
  readonly certificateDirectory: string;
  /** The Pods it was asked about so far. */
  readonly admissions: readonly Admission[];
  /** The end of what it printed. */
  logTail(): string;
  /** Resolves, and never rejects, when the process has ended though nobody asked it to. */
  readonly failed: Promise<Error>;
  /** Lets it finish what it does. Throws if it does not end with exit code 0. */
  stop(): Promise<void>;
}

/** Lines of the log that an error shows. */
const tailLines = 5;

/** Starts the function against `controlPlane` and waits until it is ready, as a readiness probe would. */
export async function startFunction(
  controlPlane: ControlPlane,
  children: ChildProcesses,
): Promise<FunctionProcess> {
  const token = randomBytes(16).toString("hex");
  const certificateDirectory = join(controlPlane.directory, "function-tls");
  const { cert, key } = await controlPlane.certificate(["127.0.0.1"]);
  await mkdir(certificateDirectory, { mode: 0o700 });
  await writeFile(join(certificateDirectory, "tls.crt"), cert);
  await writeFile(join(certificateDirectory, "tls.key"), key, { mode: 0o600 });

  const child = children.start(FUNCTION, [], {
    KUBECONFIG: controlPlane.kubeconfigPath,
    PORT: "0",
    TLS_CERT_DIR: certificateDirectory,
    WEBHOOK_TOKEN: token,
  });
  // Beside the others' logs, for whoever looks around.
  child.stdout.pipe(
    createWriteStream(join(controlPlane.directory, "logs", "function.log")),
  );
  const exited = once(child, "exit") as Promise<[number | null]>;
  const errorOutput = text(child.stderr);
  const lines: string[] = [];
  const admissions: Admission[] = [];
  let port: number | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const entry = JSON.parse(line) as Admission & {
      msg: string;
      port?: number;
    };
    if (entry.msg === "listening") port = entry.port;
    if (entry.msg === "admission") admissions.push(entry);
  });
  const logTail = (): string => lines.slice(-tailLines).join("\n");

  let stopping = false;
  const failed = new Promise<Error>((resolve) => {
    void exited.then(async ([code]) => {
      if (stopping) return;
      const why = `${await errorOutput}${logTail()}`.trimEnd();
      resolve(
        new Error(
          `the function ended with exit code ${code}; it said:\n${why}`,
        ),
      );
    });
  });

  const ready = eventually(
    "the function is ready",
    async () => {
      if (port === undefined) return false;
      const answer = await get(
        `https://127.0.0.1:${port}/readyz`,
        controlPlane.caPem,
      );
      if (answer.status !== 200) throw new Error(answer.body);
      return port;
    },
    startTimeoutMs,
  );
  // It may still be polling when the process has ended already.
  ready.catch(() => undefined);
  const outcome = await Promise.race([ready, failed]);
  if (outcome instanceof Error) throw outcome;

  return {
    url: `https://127.0.0.1:${outcome}/mutate/${token}`,
    caPem: controlPlane.caPem,
    certificateDirectory,
    admissions,
    logTail,
    failed,
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      const [code] = await exited;
      if (code !== 0) {
        throw new Error(
          `the function ended with exit code ${code} instead of 0 when it got SIGTERM; it said:\n${logTail()}`,
        );
      }
    },
  };
}

async function get(
  url: string,
  ca: string,
): Promise<{ status: number | undefined; body: string }> {
  const sent = request(url, { ca, agent: false });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

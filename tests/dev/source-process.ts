import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { ChildProcesses } from "../demo/child-processes.ts";
import { eventually } from "../support/eventually.ts";

/** From sources it listens after 0.7 s on an idle machine; a machine that is busy may need this long. */
const startTimeoutMs = 30_000;

/** The function, run from its sources by a process that serves HTTPS. */
export interface SourceProcess {
  readonly port: number;
  /** Resolves, and never rejects, with what the process said when it has ended though nobody asked it to. */
  readonly failed: Promise<Error>;
  /** Lets it finish what it does. Resolves when it has ended. */
  stop(): Promise<void>;
}

/** What does not change from one start to the next. */
export interface SourceSettings {
  /** Path of the function's main.ts. */
  readonly entry: string;
  readonly caPem: string;
  readonly env: Readonly<Record<string, string>>;
  /** Receives each line of its log. */
  readonly log: (line: string) => void;
}

/** Starts the function and waits until it is ready, as a readiness probe would. Throws, with what it said, if it does not get there. */
export async function startSource(
  { entry, caPem, env, log }: SourceSettings,
  children: ChildProcesses,
): Promise<SourceProcess> {
  const child = children.start(entry, [], { ...env, PORT: "0" });
  const exited = once(child, "close") as Promise<[number | null]>;
  const errorOutput = text(child.stderr);
  let port: number | undefined;
  let stopping = false;
  let ended = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    log(line);
    port ??= portIn(line);
  });
  const failed = new Promise<Error>((resolve) => {
    void exited.then(async ([code]) => {
      ended = true;
      const said = (await errorOutput).trim();
      if (!stopping)
        resolve(new Error(`it ended with exit code ${code}\n${said}`.trim()));
    });
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    child.kill("SIGTERM");
    await exited;
  };

  const ready = eventually(
    "the function is ready",
    async () => {
      if (ended) return await failed;
      if (port === undefined) return false;
      const { status, body } = await get(port, caPem);
      if (status !== 200) throw new Error(body);
      return port;
    },
    startTimeoutMs,
  ).catch((error: unknown) => error as Error);
  const outcome = await Promise.race([failed, ready]);
  if (outcome instanceof Error) {
    await stop();
    throw outcome;
  }
  return { port: outcome, failed, stop };
}

/** The port that a line of the log says it listens on. */
function portIn(line: string): number | undefined {
  try {
    const { msg, port } = JSON.parse(line) as { msg?: string; port?: number };
    return msg === "listening" ? port : undefined;
  } catch {
    // A line that somebody prints while he looks for something.
    return undefined;
  }
}

async function get(
  port: number,
  ca: string,
): Promise<{ status: number | undefined; body: string }> {
  const sent = request(`https://127.0.0.1:${port}/readyz`, {
    ca,
    agent: false,
  });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

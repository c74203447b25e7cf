import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { startReaper } from "./reaper.ts";

/** Lines of a log in an error: enough for a Go panic's head or the last messages before an exit. */
const tailLines = 30;

/** A process of the control plane ended by itself; the message ends with the end of its log. */
export class ProcessFailure extends Error {
  override readonly name = "ProcessFailure";
  readonly process: string;

  constructor(process: string, how: string, tail: string) {
    super(`${process} ${how}; the end of its log:\n${tail}`);
    this.process = process;
  }
}

/** The processes of one control plane, which end together, and its directories, which go with them. */
export interface Processes {
  /** Starts a program with its output in `logs/<name>.log`. Resolves with the failure, should it end by itself. */
  start(
    name: string,
    command: string,
    args: readonly string[],
  ): Promise<ProcessFailure>;
  /** The last lines of a process's log. */
  logTail(name: string, lines?: number): Promise<string>;
  /** Kills every process and removes the directories. Resolves when both are done. */
  stop(): Promise<void>;
}

export async function createProcesses(
  directory: string,
  dataDirectory: string,
): Promise<Processes> {
  const logs = path.join(directory, "logs");
  await mkdir(logs);
  const reaper = startReaper([dataDirectory, directory]);
  const children = new Set<ChildProcess>();
  let stopping = false;

  const logTail = async (name: string, lines = tailLines): Promise<string> => {
    const text = await readFile(path.join(logs, `${name}.log`), "utf8").catch(
      () => "",
    );
    return text.trimEnd().split("\n").slice(-lines).join("\n");
  };

  return {
    logTail,
    start(name, command, args) {
      const log = openSync(path.join(logs, `${name}.log`), "a");
      const child = spawn(command, args, {
        cwd: directory,
        // A group of its own, so that Ctrl-C reaches the starter only and everything ends in one order.
        detached: true,
        // Nothing of the caller's settings: proxies, GODEBUG or KUBECONFIG would change what is tested.
        env: {
          PATH: "/usr/bin:/bin",
          HOME: directory,
          TMPDIR: directory,
          // Memory is there, and collecting it is a good part of what an API server does.
          GOGC: "400",
        },
        stdio: ["ignore", log, log],
      });
      closeSync(log);
      const group = child.pid;
      children.add(child);
      if (group !== undefined) reaper.watch(group);
      child.unref();

      return new Promise((resolve) => {
        const ended = async (how: string): Promise<void> => {
          children.delete(child);
          if (stopping) return;
          if (group !== undefined) reaper.forget(group);
          resolve(new ProcessFailure(name, how, await logTail(name)));
        };
        child.on("error", (error) => {
          void ended(`could not be started (${error.message})`);
        });
        child.on("exit", (code, signal) => {
          void ended(
            signal === null
              ? `ended with exit code ${code}`
              : `was ended by ${signal}`,
          );
        });
      });
    },
    async stop() {
      stopping = true;
      const ends = [...children].map((child) => {
        child.ref();
        return once(child, "exit");
      });
      await reaper.end();
      await Promise.all(ends);
    },
  };
}

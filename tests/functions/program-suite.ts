import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FUNCTION } from "../support/built-programs.ts";
import { startProgram } from "../support/program.ts";
import type { Program } from "../support/program.ts";

/** The function as a program, and what it needs around it; all of it goes with the test. */
export interface ProgramSuite {
  /** Starts the function on a free port, without a cluster unless `env` leads to one. */
  start(env: Readonly<Record<string, string>>): Program;
  /** Closed after the test. */
  readonly servers: Server[];
  /** Of the suite, for files; it is the home directory, too. */
  directory(): string;
}

export function programSuite(): ProgramSuite {
  const running: Program[] = [];
  const servers: Server[] = [];
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "function-"));
  });
  afterEach(() => {
    for (const program of running.splice(0)) program.process.kill("SIGKILL");
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });
  after(() => rmSync(directory, { recursive: true }));

  return {
    start(env) {
      const program = startProgram(FUNCTION, {
        env: { PORT: "0", HOME: directory, ...env },
      });
      running.push(program);
      return program;
    },
    servers,
    directory: () => directory,
  };
}

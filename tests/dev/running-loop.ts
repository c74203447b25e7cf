import { cp, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../support/eventually.ts";
import { startScript } from "../support/script.ts";
import type { Script } from "../support/script.ts";

const repository = path.join(import.meta.dirname, "../..");
const main = path.join(import.meta.dirname, "main.ts");
/** About 5 s to come up on an idle machine with 2 cores. */
const patienceMs = 45_000;

/** `npm run dev`, running without a terminal. */
export interface Loop extends Script {
  /** Types a line. */
  readonly type: (line: string) => void;
}

export function startLoop(...args: readonly string[]): Loop {
  const script = startScript(main, args, "pipe");
  return {
    ...script,
    type: (line) => void script.process.stdin?.write(`${line}\n`),
  };
}

/** Waits until a line of what it has shown matches. */
export async function shows(loop: Loop, what: RegExp): Promise<void> {
  await eventually(
    `it shows ${String(what)}`,
    () => {
      if (!new RegExp(what, "m").test(loop.shown()))
        throw new Error(loop.shown());
      return true;
    },
    patienceMs,
  );
}

/** Copies functions/ to a place where it finds its packages and can be changed; its parent directory is to be removed. */
export async function copyFunctions(): Promise<string> {
  const parent = await mkdtemp(
    path.join(tmpdir(), "stateful-deployments-dev-"),
  );
  for (const file of ["functions", "package.json"])
    await cp(path.join(repository, file), path.join(parent, file), {
      recursive: true,
    });
  await symlink(
    path.join(repository, "node_modules"),
    path.join(parent, "node_modules"),
  );
  return path.join(parent, "functions");
}

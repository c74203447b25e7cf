import type { Writable } from "node:stream";
import { startProgram } from "../../support/program.ts";
import type { Program } from "../../support/program.ts";
import { withLogReader } from "./log-reader.ts";

const TELL_USAGE = new URL("tell-usage.mjs", import.meta.url);
const USAGE = /^USAGE (.*)$/gm;

/** What a process has used. */
export interface Usage {
  /** Since its start. */
  readonly cpuSeconds: number;
  /** Resident now, in MiB. */
  readonly memory: number;
  /** The most that was resident at once, in MiB. */
  readonly peakMemory: number;
}

/** A program that says what it uses. */
export interface MeasuredProgram extends Program {
  /** What it has used so far. */
  readonly usage: () => Promise<Usage>;
}

/** How a program starts. */
interface Settings {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of Node.js. */
  readonly flags: string;
  /** Where its standard output goes, unless this process reads it. */
  readonly stdout?: Writable;
}

/** Starts `node <flags> <entry> <args>`. */
export function startMeasured(
  entry: string,
  { args = [], env = {}, flags, stdout }: Settings,
): MeasuredProgram {
  const program = startProgram(entry, {
    args,
    ...(stdout && { stdout }),
    env: { ...env, NODE_OPTIONS: `${flags} --import=${TELL_USAGE.href}` },
  });
  return {
    ...program,
    async usage() {
      const told = usagesIn(program.stderr()).length;
      program.process.kill("SIGUSR2");
      return await said(program, () => usagesIn(program.stderr())[told]);
    },
  };
}

/** Starts a webhook, and waits until it listens. Another process reads its log. */
export async function startListening(
  entry: string,
  settings: Omit<Settings, "stdout">,
): Promise<MeasuredProgram & { readonly port: number }> {
  const program = withLogReader((stdout) =>
    startMeasured(entry, { ...settings, stdout }),
  );
  return { ...program, port: await program.listens() };
}

/** What a program has used from its start to its end. Throws when it fails. */
export async function usageOfRun(program: MeasuredProgram): Promise<Usage> {
  const exitCode = await program.exited;
  const usage = usagesIn(program.stderr()).at(-1);
  if (exitCode !== 0 || !usage)
    throw new Error(`exit code ${exitCode}: ${program.stderr()}`);
  return usage;
}

/** Waits for what a program says, without a delay of its own. Throws when the program ends first. */
export async function said<T>(
  program: Program,
  find: () => T | undefined,
): Promise<T> {
  const { stderr, stdout } = program.process;
  const found = Promise.withResolvers<T>();
  const look = (): void => {
    const value = find();
    if (value !== undefined) found.resolve(value);
  };
  stdout?.on("data", look);
  stderr?.on("data", look);
  void program.exited.then((exitCode) =>
    found.reject(new Error(`ended with ${exitCode}: ${program.stderr()}`)),
  );
  look();
  try {
    return await found.promise;
  } finally {
    stdout?.off("data", look);
    stderr?.off("data", look);
  }
}

function usagesIn(text: string): Usage[] {
  return [...text.matchAll(USAGE)].map(
    ([, usage = ""]) => JSON.parse(usage) as Usage,
  );
}

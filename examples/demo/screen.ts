import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { tableLines } from "./table.ts";

/** Where the demonstration is shown: standard output, or a stream of a test. */
export type ScreenStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** What a reader sees: numbered steps, each with the commands that did it and the time it took. */
export interface Screen {
  /** A line at the left margin. */
  line(text?: string): void;
  /** Prints the heading, does the work, prints how long it took. An error is marked as this step's and thrown on. */
  step<T>(heading: string, work: () => Promise<T>): Promise<T>;
  /** A command as a reader would type it. */
  command(text: string): void;
  /** What a command printed, word for word. */
  output(text: string): void;
  /** A sentence about what is to be seen. */
  say(text: string): void;
  table(
    headings: readonly string[],
    rows: readonly (readonly string[])[],
  ): void;
  /** How far a wait has come: one line that the next one overwrites, on a terminal only. */
  waiting(text: string): void;
  /** Shows nothing from now on: what is going on does not matter any more. */
  mute(): void;
}

const margin = "    ";
const eraseLine = "\r\u001B[K";

/** Colours are for terminals, unless the environment says NO_COLOR; `now` is in milliseconds. */
export function createScreen(
  stream: ScreenStream,
  env: NodeJS.ProcessEnv,
  now: () => number = () => performance.now(),
): Screen {
  const coloured =
    stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const style = (
    format: Parameters<typeof styleText>[0],
    text: string,
  ): string =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  let steps = 0;
  let transient = false;
  let muted = false;

  const line = (text = ""): void => {
    if (muted) return;
    stream.write(`${transient ? eraseLine : ""}${text}\n`);
    transient = false;
  };
  const indented = (text: string): void => line(margin + text);

  return {
    line,
    async step(heading, work) {
      steps += 1;
      const startedAt = now();
      const took = (): string =>
        `${((now() - startedAt) / 1_000).toFixed(1)} s`;
      line();
      line(style("bold", `${String(steps).padStart(2)}  ${heading}`));
      try {
        const result = await work();
        indented(style("green", `done in ${took()}`));
        return result;
      } catch (error) {
        indented(style("red", `failed after ${took()}`));
        throw error;
      }
    },
    command: (text) => indented(style("cyan", `$ ${text}`)),
    output(text) {
      for (const one of text.trimEnd().split("\n")) indented(one.trimEnd());
    },
    say: (text) => indented(style("dim", text)),
    table(headings, rows) {
      for (const one of tableLines(headings, rows)) indented(one);
    },
    waiting(text) {
      if (muted || stream.isTTY !== true) return;
      // A line that wraps could not be erased.
      const room = (stream.columns ?? 80) - margin.length - 1;
      stream.write(`${eraseLine}${margin}${style("dim", text.slice(0, room))}`);
      transient = true;
    },
    mute() {
      muted = true;
    },
  };
}

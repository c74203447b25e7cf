import { writeSync } from "node:fs";

/** Ways to standard output. */
interface Output {
  /** Writes at once what it can, and returns how many bytes that was. */
  readonly write: (bytes: Uint8Array) => number;
  /** Takes whatever comes, and writes it when the other end can take it. */
  readonly stream: () => NodeJS.WritableStream;
}

const STDOUT: Output = {
  write: (bytes) => writeSync(1, bytes),
  stream: () => process.stdout,
};

/**
 * Writes all of `text`. The stream of Node would be loaded and set up first, which takes a tenth of Node's own start; it is used
 * when the other end of a pipe cannot take more at once.
 */
export function writeOutput(
  text: string,
  { write, stream }: Output = STDOUT,
): void {
  let bytes: Uint8Array = Buffer.from(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(write(bytes));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A reader that has seen enough, such as `head`, is no failure.
    if (code === "EPIPE") return;
    if (code !== "EAGAIN") throw error;
    stream().on("error", () => undefined);
    stream().write(bytes);
  }
}

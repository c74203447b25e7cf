import { writeSync } from "node:fs";

const STDOUT = 1;

/**
 * Writes all of `text` to standard output. The stream of Node would be loaded and set up first, which takes as long as a tenth of
 * Node's own start; it is used when the other end of a pipe cannot take more at once.
 */
export function writeOutput(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(STDOUT, bytes, written);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A reader that has seen enough, such as `head`, is no failure.
    if (code === "EPIPE") return;
    if (code !== "EAGAIN") throw error;
    process.stdout.on("error", () => undefined);
    process.stdout.write(bytes.subarray(written));
  }
}

import { styleText } from "node:util";

const margin = "    ";
let steps = 0;

/** Prints a line at the left margin. */
export function line(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a numbered heading, does the work, and prints how long it took. */
export async function step<T>(
  heading: string,
  work: () => Promise<T>,
): Promise<T> {
  steps += 1;
  const startedAt = performance.now();
  line();
  line(styleText("bold", `${String(steps).padStart(2)}  ${heading}`));
  const result = await work();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  line(margin + styleText("green", `done in ${seconds} s`));
  return result;
}

/** Prints a command as a reader would type it. */
export function command(text: string): void {
  line(margin + styleText("cyan", `$ ${text}`));
}

/** Prints the output of a command. */
export function output(text: string): void {
  for (const one of text.trimEnd().split("\n")) line(margin + one.trimEnd());
}

/** Prints an explanation. */
export function say(text: string): void {
  line(margin + styleText("dim", text));
}

/** Prints a table whose columns are as wide as their widest cell. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  for (const cells of lines)
    output(
      widths
        .map((width, column) => (cells[column] ?? "").padEnd(width))
        .join("  "),
    );
}

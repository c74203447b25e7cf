import { namedSettings } from "./setting-table.ts";
import type { Program, Settings } from "./setting-table.ts";

/** Longest line, as in the texts around the settings. */
const WIDTH = 120;

/** Flags of every program that has flags. */
const ASKING = [
  helpEntry("-h, --help", "show this text"),
  helpEntry("--version", "show the version"),
];

/** The text of `--help`: each setting with its default and its variable. */
export function helpText<T extends Settings>(program: Program<T>): string {
  const named = namedSettings(program);
  const entries = named.map((one) => {
    const notes = one.default ? [`default ${one.default}`] : [];
    if (one.flag && one.variable) notes.push(one.variable);
    const note = notes.length > 0 ? [`[${notes.join("; ")}]`] : [];
    return helpEntry(one.usage, one.help, ...note);
  });
  if (named.some(({ flag }) => flag)) entries.push(...ASKING);
  return program.help(entries.join("\n"));
}

/** Lines of `--help` about one thing. */
export function helpEntry(usage: string, ...texts: readonly string[]): string {
  return [`  ${usage}`, ...texts.flatMap(wrapped)].join("\n");
}

function wrapped(text: string): string[] {
  const indent = " ".repeat(6);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= WIDTH) lines.splice(-1, 1, longer);
    else lines.push(indent + word);
  }
  return lines;
}

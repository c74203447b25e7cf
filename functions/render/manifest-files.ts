import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { errorMessage } from "../contract/error-message.ts";

/** A file that was read, with the name to call it by. */
export interface ManifestFile {
  readonly file: string;
  readonly text: string;
}

/** The files that were read; `problems` has a line for each path that could not be read. */
interface ManifestFiles {
  readonly files: readonly ManifestFile[];
  readonly problems: readonly string[];
}

/** The same as kubectl's. */
const EXTENSION = /\.(?:ya?ml|json)$/;
const PATTERN = /[*?[\]{}]/;

const STDIN = "-";

/** Reads the files of `paths`, each once, in the order of the paths, and by name within a path. `readStdin` reads standard input. */
export async function readManifestFiles(
  paths: readonly string[],
  readStdin: () => Promise<Buffer>,
): Promise<ManifestFiles> {
  // Several paths may name one file: the first one is its name in messages.
  const names = new Map<string, string>();
  const problems: string[] = [];
  for (const path of paths) {
    const found = filesAt(path);
    if (typeof found === "string") problems.push(`${path}: ${found}`);
    else
      for (const name of found) {
        const key = name === STDIN ? STDIN : resolve(name);
        if (!names.has(key)) names.set(key, name);
      }
  }
  const files: ManifestFile[] = [];
  for (const name of names.values()) {
    try {
      files.push(
        name === STDIN
          ? { file: "<stdin>", text: decodeText(await readStdin()) }
          : { file: name, text: decodeText(readFileSync(name)) },
      );
    } catch (error) {
      problems.push(`${name}: ${unreadable(error)}`);
    }
  }
  return { files, problems };
}

/** The files that `path` stands for, or why there are none. */
function filesAt(path: string): readonly string[] | string {
  if (path === STDIN) return [path];
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) return filesIn(path);
    if (found) return [path];
    if (!PATTERN.test(path)) return "there is no such file";
    // The shell did not expand the pattern.
    const matches = globSync(path)
      .filter((name) => statSync(name, { throwIfNoEntry: false })?.isFile())
      .toSorted();
    return matches.length > 0 ? matches : "no file matches this pattern";
  } catch (error) {
    return unreadable(error);
  }
}

function filesIn(directory: string): readonly string[] | string {
  const files = readdirSync(directory)
    .filter((name) => EXTENSION.test(name))
    .toSorted()
    .map((name) => join(directory, name))
    .filter(
      (name) => !statSync(name, { throwIfNoEntry: false })?.isDirectory(),
    );
  return files.length > 0
    ? files
    : "has no *.yaml, *.yml or *.json in it; a pattern such as '**/*.yaml' looks into directories below";
}

function unreadable(error: unknown): string {
  return `cannot be read: ${errorMessage(error)}`;
}

/** Byte order marks of the encodings that kubectl knows besides UTF-8. */
const UTF_16: readonly (readonly [mark: string, encoding: string])[] = [
  ["fffe", "utf-16le"],
  ["feff", "utf-16be"],
];

/** The text of a file as kubectl decodes it: in UTF-16 if a byte order mark says so, else in UTF-8; without that mark. */
function decodeText(bytes: Buffer): string {
  const mark = bytes.toString("hex", 0, 2);
  const [, encoding = "utf-8"] =
    UTF_16.find(([ofEncoding]) => ofEncoding === mark) ?? [];
  return new TextDecoder(encoding).decode(bytes);
}

import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file that was read, with the name to call it by. */
export interface ManifestFile {
  readonly file: string;
  readonly text: string;
}

/** What was read; `problems` has a line for each path that could not be. */
export interface ManifestFiles {
  readonly files: readonly ManifestFile[];
  readonly problems: readonly string[];
}

/** As kubectl has it. */
const EXTENSION = /\.(?:ya?ml|json)$/;
const PATTERN = /[*?[\]{}]/;

const STDIN = "-";

/** Reads what `paths` name, each file once, in the order of the paths and within a path by name. `readStdin` gives the text of standard input. */
export async function readManifestFiles(
  paths: readonly string[],
  readStdin: () => Promise<string>,
): Promise<ManifestFiles> {
  const names = new Set<string>();
  const problems: string[] = [];
  for (const path of paths) {
    const found = filesAt(path);
    if (typeof found === "string") problems.push(`${path}: ${found}`);
    else for (const name of found) names.add(name);
  }
  const files: ManifestFile[] = [];
  for (const name of names) {
    try {
      files.push(
        name === STDIN
          ? { file: "<stdin>", text: await readStdin() }
          : { file: name, text: readFileSync(name, "utf8") },
      );
    } catch (error) {
      problems.push(`${name}: cannot be read: ${reasonOf(error)}`);
    }
  }
  return { files, problems };
}

/** The files that `path` stands for, or why there are none. */
function filesAt(path: string): readonly string[] | string {
  if (path === STDIN) return [path];
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) {
    const names = readdirSync(path).filter((name) => EXTENSION.test(name));
    return names.length > 0
      ? names.toSorted().map((name) => join(path, name))
      : "has no *.yaml, *.yml or *.json in it; a pattern such as '**/*.yaml' looks into directories below";
  }
  if (found) return [path];
  if (!PATTERN.test(path)) return "there is no such file";
  // Where the shell does not expand patterns, or the pattern was quoted.
  const matches = globSync(path)
    .filter((name) => statSync(name, { throwIfNoEntry: false })?.isFile())
    .toSorted();
  return matches.length > 0 ? matches : "no file matches this pattern";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

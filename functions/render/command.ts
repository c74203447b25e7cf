import { writeSync } from "node:fs";
import manifest from "../../package.json" with { type: "json" };
import { helpText } from "./help.ts";
import { problemLine } from "./locate-problem.ts";
import { readManifestFiles } from "./manifest-files.ts";
import { parseOptions } from "./options.ts";
import type { RenderOptions } from "./options.ts";
import {
  jsonText,
  manifestsAsJson,
  manifestsAsYaml,
} from "./print-manifests.ts";
import { printable } from "../contract/printable.ts";
import { renderFiles } from "./render-files.ts";
import type { Rendering } from "./render-files.ts";
import { summarizeVolumes, summaryTable, totalsOf } from "./summary.ts";

/** Stands before what the program says of itself. */
const NAME = "stateful-deployments-render";

const EXIT_DONE = 0;
const EXIT_REFUSED = 1;
const EXIT_UNUSABLE = 2;

/** Does what `args`, the arguments after the program's name, ask for. Returns the exit code. */
export async function command(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args);
  switch (parsed.kind) {
    case "help":
      writeOutput(helpText());
      return EXIT_DONE;
    case "version":
      writeOutput(`${manifest.version}\n`);
      return EXIT_DONE;
    case "invalid":
      for (const problem of parsed.problems) complain(`${NAME}: ${problem}`);
      return EXIT_UNUSABLE;
    case "run":
      return await run(parsed.options);
    default:
      return parsed satisfies never;
  }
}

async function run(options: RenderOptions): Promise<number> {
  const { files, problems: unread } = await readManifestFiles(
    options.paths,
    readStdin,
  );
  for (const problem of unread) complain(`${NAME}: ${problem}`);
  const result = await renderFiles(files, options.namespace);
  for (const warning of result.warnings)
    complain(problemLine(warning, "warning: "));
  for (const problem of result.problems) complain(problemLine(problem));
  if (unread.length > 0) return EXIT_UNUSABLE;
  if (result.problems.length > 0) return EXIT_REFUSED;
  if (result.renderings.length === 0)
    complain(
      `${NAME}: no Pod template asks for a claim in ${files.length === 1 ? "1 file" : `${files.length} files`}`,
    );
  writeOutput(printed(result.renderings, options));
  return EXIT_DONE;
}

function printed(
  renderings: readonly Rendering[],
  { output, summary }: RenderOptions,
): string {
  if (!summary)
    return output === "json"
      ? manifestsAsJson(renderings)
      : manifestsAsYaml(renderings);
  const volumes = summarizeVolumes(renderings);
  if (output === "json")
    return jsonText({ volumes, totals: totalsOf(volumes) });
  return volumes.length > 0 ? summaryTable(volumes) : "";
}

async function readStdin(): Promise<Buffer> {
  // Loaded only here: streams take their time, and files are read without.
  const { buffer } = await import("node:stream/consumers");
  return await buffer(process.stdin);
}

function complain(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

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

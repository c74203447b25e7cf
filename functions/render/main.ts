#!/usr/bin/env node
// Must be the first import: it ends the program if Node.js is too old for the rest.
import { NAME } from "./node-version.ts";
import {
  EXIT_DONE,
  EXIT_FAILED,
  EXIT_UNUSABLE,
} from "../contract/exit-codes.ts";
import { printable } from "../contract/printable.ts";
import { problemLine } from "./locate-problem.ts";
import { readManifestFiles } from "./manifest-files.ts";
import { readSettings } from "../contract/settings.ts";
import { RENDER } from "./options.ts";
import { importCommands } from "./import-commands.ts";
import type { RenderOptions } from "./options.ts";
import {
  jsonText,
  manifestsAsJson,
  manifestsAsYaml,
  writeOutput,
} from "./print-manifests.ts";
import { renderFiles } from "./render-files.ts";
import type { Rendering } from "./render-files.ts";
import { summarizeVolumes, summaryTable, totalsOf } from "./summary.ts";

process.exitCode = await command(process.argv.slice(2));

/** Runs the program with `args`, the arguments after its name. Returns the exit code. */
async function command(args: readonly string[]): Promise<number> {
  const parsed = readSettings(RENDER, args, {});
  switch (parsed.kind) {
    case "print":
      writeOutput(parsed.text);
      return EXIT_DONE;
    case "invalid":
      for (const problem of parsed.problems) complain(`${NAME}: ${problem}`);
      return EXIT_UNUSABLE;
    case "run":
      return await run(parsed.options, parsed.rest);
    default:
      return parsed satisfies never;
  }
}

async function run(
  options: RenderOptions,
  paths: readonly string[],
): Promise<number> {
  const { files, problems: unread } = await readManifestFiles(paths, readStdin);
  for (const problem of unread) complain(`${NAME}: ${problem}`);
  const { importFrom } = options;
  const result = await renderFiles(
    files,
    options.namespace,
    // Loaded only here: it takes node:crypto.
    importFrom === undefined
      ? undefined
      : (await import("../contract/claim-name.ts")).poolHash,
  );
  for (const warning of result.warnings)
    complain(problemLine(warning, "warning: "));
  for (const problem of result.problems) complain(problemLine(problem));
  if (unread.length > 0) return EXIT_UNUSABLE;
  if (result.problems.length > 0) return EXIT_FAILED;
  if (importFrom !== undefined) {
    const commands = importCommands(result.renderings, importFrom);
    if ("problem" in commands) {
      complain(`${NAME}: ${commands.problem}`);
      return EXIT_FAILED;
    }
    writeOutput(commands.text);
    return EXIT_DONE;
  }
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
  // Loaded only here: streams are slow to load, and files are read without them.
  const { buffer } = await import("node:stream/consumers");
  return await buffer(process.stdin);
}

function complain(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

import { readFile } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../control-plane/run-program.ts";

const repository = path.join(import.meta.dirname, "../..");

/** The overlay that the commands of docs/install.md name. */
const DOCUMENTED_OVERLAY = "manifests/overlays/kourier";

/** The shell commands of one section of docs/install.md, block by block. Throws if there is none. */
export async function commandsOf(heading: string): Promise<string[]> {
  const manual = await readFile(
    path.join(repository, "docs/install.md"),
    "utf8",
  );
  const section = manual
    .split(/^## /m)
    .find((text) => text.slice(0, text.indexOf("\n")).trim() === heading);
  const blocks = [
    ...(section ?? "").matchAll(
      /^```(?:sh|bash|shell|console)\n([\s\S]*?)^```/gm,
    ),
  ];
  if (blocks.length === 0)
    throw new Error(`docs/install.md has no commands under "## ${heading}"`);
  return blocks.map(([, block]) => block ?? "");
}

/** With what the commands are run. */
export interface BlockOptions {
  /** Takes the place of the overlay that the manual names, for other images. */
  readonly overlay?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a block of commands as a person would paste it. Returns what it printed, errors included; throws with that if one
 * of the commands fails.
 */
export async function runBlock(
  block: string,
  { overlay = DOCUMENTED_OVERLAY, env = process.env }: BlockOptions = {},
): Promise<string> {
  const commands = block.replaceAll(DOCUMENTED_OVERLAY, overlay);
  const { stdout, exitCode } = await runProgram(
    "bash",
    ["-euo", "pipefail", "-c", `cd '${repository}'; exec 2>&1; ${commands}`],
    { env },
  );
  if (exitCode !== 0)
    throw new Error(`exit code ${exitCode} of\n${commands}\n${stdout}`);
  return stdout;
}

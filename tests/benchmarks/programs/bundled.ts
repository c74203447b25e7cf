import path from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { OPTIONS } from "../../../bundle/options.ts";

/**
 * Bundles a source of the benchmarks as the product is bundled, and returns the file: Node's own translation of TypeScript takes memory
 * and time that the product does not need.
 */
export async function bundled(
  source: string,
  directory: string,
  options: BuildOptions = {},
): Promise<string> {
  const outfile = path.join(directory, `${path.basename(source, ".ts")}.mjs`);
  await build({ ...OPTIONS, ...options, entryPoints: [source], outfile });
  return outfile;
}

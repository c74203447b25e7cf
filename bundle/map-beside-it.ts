import { appendFile, readFile, rm } from "node:fs/promises";
import path from "node:path";

interface MapFile {
  readonly mappings: string;
  readonly sources: readonly string[];
}

/**
 * Moves the source map of `main.js` into the second file of the bundle in `directory`, whose images have two files. Sources are named
 * as in the repository; their text stays out.
 */
export async function moveMapBesideIt(
  directory: string,
  repository: string,
): Promise<void> {
  const file = path.join(directory, "main.js.map");
  const { mappings, sources } = JSON.parse(
    await readFile(file, "utf8"),
  ) as MapFile;
  const named = sources.map((source) =>
    path.relative(repository, path.resolve(directory, source)),
  );
  const map = {
    version: 3,
    file: "main.js",
    mappings,
    names: [],
    sources: named,
  };
  await appendFile(
    path.join(directory, "seldom-used.cjs"),
    // Parsed from a text when it is asked for, which is cheaper than JavaScript at every load.
    `exports.sourceMap=()=>JSON.parse(${JSON.stringify(JSON.stringify(map))});\n`,
  );
  await rm(file);
}

import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const megabyte = 1_000_000;

/** What a node keeps of an image, and what it downloads of ours: where it has the base, the bundle is all that comes. */
export async function describeSizes(
  baseDirectory: string,
  bundleDirectory: string,
): Promise<string> {
  const sizes = await Promise.all(
    (await filesIn(baseDirectory)).map(async (file) => (await stat(file)).size),
  );
  const base = sizes.reduce((sum, size) => sum + size, 0);
  const bundle = Buffer.concat(
    await Promise.all(
      (await filesIn(bundleDirectory)).map((file) => readFile(file)),
    ),
  );
  const parts = {
    "base of this test": base,
    bundle: bundle.length,
    "bundle compressed": gzipSync(bundle).length,
  };
  return Object.entries(parts)
    .map(([part, bytes]) => `${part} ${(bytes / megabyte).toFixed(1)} MB`)
    .join(", ");
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => path.join(parentPath, name));
}

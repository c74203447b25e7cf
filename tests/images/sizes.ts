import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const megabyte = 1_000_000;

/** What a node keeps of an image, and what it downloads of ours: where it has the base, the bundle is all that comes. */
export async function describeSizes(
  baseDirectory: string,
  bundleFile: string,
): Promise<string> {
  const files = await readdir(baseDirectory, {
    recursive: true,
    withFileTypes: true,
  });
  const sizes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(
        async ({ name, parentPath }) =>
          (await stat(path.join(parentPath, name))).size,
      ),
  );
  const base = sizes.reduce((sum, size) => sum + size, 0);
  const bundle = await readFile(bundleFile);
  const parts = {
    "base of this test": base,
    bundle: bundle.length,
    "bundle compressed": gzipSync(bundle).length,
  };
  return Object.entries(parts)
    .map(([part, bytes]) => `${part} ${(bytes / megabyte).toFixed(1)} MB`)
    .join(", ");
}

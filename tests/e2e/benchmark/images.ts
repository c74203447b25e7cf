import { randomFillSync } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { runProgram } from "../../support/run-program.ts";

const repository = path.join(import.meta.dirname, "../../..");

const ballastBytes = 300 * 1024 * 1024;

/** Of this benchmark only, and there only on a cluster of its own. */
export const otherImages = {
  hello: "dev.local/stateful-deployments-hello:e2e",
  plainBundle: "dev.local/stateful-deployments-function:plain-bundle",
  larger: "dev.local/stateful-deployments-function:larger",
} as const;

/** Makes an image of the same base as ours, with `/app/main.mjs` and whatever else `fill` writes into its `/app`, and imports it. */
export async function importImage(
  image: string,
  fill: (app: string) => Promise<unknown>,
): Promise<void> {
  const root = await mkdtemp(path.join(tmpdir(), "benchmark-image-"));
  try {
    const app = path.join(root, "app");
    await mkdir(app);
    await fill(app);
    const { exitCode } = await runProgram(
      path.join(import.meta.dirname, "../cluster/image"),
      ["--base", "node", image, root, "65532:65532", "node", "/app/main.mjs"],
      { showErrors: true },
    );
    if (exitCode !== 0) throw new Error(`${image} could not be imported`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The function as a bundler makes it when nothing is done about what is in it. */
export async function importPlainBundle(): Promise<void> {
  await importImage(otherImages.plainBundle, (app) =>
    build({
      entryPoints: [path.join(repository, "functions/main.ts")],
      bundle: true,
      format: "esm",
      platform: "node",
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      outfile: path.join(app, "main.mjs"),
      logLevel: "warning",
    }),
  );
}

/** The function as it is, with a file beside it that nobody reads. */
export async function importLargerImage(): Promise<void> {
  await importImage(otherImages.larger, async (app) => {
    for (const [file, name] of [
      ["main.js", "main.mjs"],
      ["seldom-used.cjs", "seldom-used.cjs"],
    ] as const)
      await copyFile(
        path.join(repository, "dist/functions", file),
        path.join(app, name),
      );
    await writeFile(
      path.join(app, "ballast"),
      randomFillSync(Buffer.allocUnsafe(ballastBytes)),
    );
  });
}

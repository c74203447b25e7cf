import { mkdir, rename, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { OPTIONS, RENDER_OPTIONS } from "./bundle/options.ts";

/** The time of the files. A source that changes during the build is newer, so tests build again. */
const startedAt = new Date();

const built = await Promise.all(
  [
    {
      ...OPTIONS,
      entryPoints: {
        "functions/main": "functions/main.ts",
        "janitor/main": "janitor/main.ts",
      },
    },
    {
      ...RENDER_OPTIONS,
      entryPoints: { "render/main": "functions/render/main.ts" },
    },
  ].map((options) => build({ ...options, outdir: "dist", write: false })),
);
for (const { contents, path: file } of built.flatMap(
  ({ outputFiles }) => outputFiles,
)) {
  // Somebody may start the program during the build, so the file is replaced as a whole.
  const made = `${file}.${process.pid}`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(made, contents, { mode: 0o755 });
  await utimes(made, startedAt, startedAt);
  await rename(made, file);
  console.log(
    `${path.relative(process.cwd(), file)}  ${Math.round(contents.length / 1024)} KiB`,
  );
}

import { mkdir, rename, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { OPTIONS, RENDER_OPTIONS } from "./bundle/options.ts";

/** Each program, by the name of its directory in dist/: its first source, and how it becomes one file. */
const PROGRAMS = new Map([
  ["functions", { source: "functions/main.ts", options: OPTIONS }],
  ["janitor", { source: "janitor/main.ts", options: OPTIONS }],
  ["render", { source: "functions/render/main.ts", options: RENDER_OPTIONS }],
]);

/** The time of the files. A source that changes during the build is newer, so tests build again. */
const startedAt = new Date();

const names = process.argv.slice(2);
const unknown = names.find((name) => !PROGRAMS.has(name));
if (unknown !== undefined)
  throw new Error(
    `there is no program ${unknown}; the programs are ${[...PROGRAMS.keys()].join(", ")}`,
  );

const built = await Promise.all(
  [...PROGRAMS]
    .filter(([name]) => names.length === 0 || names.includes(name))
    .map(([name, { source, options }]) =>
      build({
        ...options,
        entryPoints: { [`${name}/main`]: source },
        outdir: "dist",
        write: false,
      }),
    ),
).catch((error: unknown) => {
  // esbuild has printed what is wrong with the sources.
  if (error instanceof Error && "errors" in error) process.exit(1);
  throw error;
});
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

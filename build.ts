import { globSync, statSync } from "node:fs";
import { chmod, mkdir, rm, utimes } from "node:fs/promises";
import path from "node:path";
import { analyzeMetafile, build as bundle } from "esbuild";
import type { BuildOptions } from "esbuild";
import { builtinsOnDemand } from "./bundle/builtins-on-demand.ts";
import { leftOut } from "./bundle/left-out.ts";
import { moveMapBesideIt } from "./bundle/map-beside-it.ts";
import { pureClientNode } from "./bundle/pure-client-node.ts";
import { replaceDirectory } from "./bundle/replace-directory.ts";
import { seldomUsed } from "./bundle/seldom-used.ts";

/** What changes from now on is not certain to be in what is built: the files get this time. */
const startedAt = new Date();

/** Out of sight until all of it is there. */
const made = `node_modules/.cache/build-${process.pid}`;
await mkdir(made, { recursive: true });

const shared = {
  bundle: true,
  format: "esm",
  target: "node22.19",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  // Of an error that nobody catches, Node prints the whole line in which it was thrown.
  lineLimit: 200,
  metafile: true,
  logLevel: "warning",
} as const satisfies BuildOptions;

/** A program of an image: what every start needs is in the first of its files, the rest in the other. */
function inAnImage(name: string): BuildOptions {
  return {
    ...shared,
    entryPoints: [`${name}/main.ts`],
    outdir: path.join(made, name),
    platform: "node",
    // No comment names it: it is moved.
    sourcemap: "external",
    sourcesContent: false,
    inject: ["bundle/source-stacks.ts"],
    // Dependencies in CommonJS call require for Node's own modules; an ES module has none.
    banner: {
      js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);',
    },
    plugins: [pureClientNode, seldomUsed(shared), leftOut, builtinsOnDemand],
  };
}

/** The programs: each needs nothing but Node beside its files. */
const PROGRAMS: readonly BuildOptions[] = [
  inAnImage("functions"),
  inAnImage("janitor"),
  {
    ...shared,
    // With long names it starts some milliseconds later: Node compiles all of it at each start.
    minify: true,
    entryPoints: ["functions/render/main.ts"],
    outdir: path.join(made, "render"),
    // The ES modules of its dependencies, of which less is left over.
    platform: "neutral",
    mainFields: ["module", "main"],
    plugins: [builtinsOnDemand],
  },
];

try {
  for (const program of PROGRAMS) {
    const { metafile } = await bundle(program);
    if (metafile && process.argv.includes("--analyze"))
      console.log(await analyzeMetafile(metafile));
  }
  for (const name of ["functions", "janitor"])
    await moveMapBesideIt(path.join(made, name), import.meta.dirname);
  await chmod(path.join(made, "render/main.js"), 0o755);
  for (const file of globSync(`${made}/*/*`))
    await utimes(file, startedAt, startedAt);
  await replaceDirectory("dist", made);
  for (const file of globSync("dist/*/*").toSorted())
    console.log(`${file}  ${Math.round(statSync(file).size / 1024)} KiB`);
} catch (error) {
  await rm(made, { recursive: true, force: true });
  // esbuild has told its own already.
  if (!(error instanceof Error && "errors" in error)) throw error;
  process.exitCode = 1;
}

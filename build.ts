import { globSync, statSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { analyzeMetafile, build as bundle } from "esbuild";
import type { BuildOptions } from "esbuild";
import { besideIt } from "./bundle/beside-it.ts";
import { builtinsOnDemand } from "./bundle/builtins-on-demand.ts";
import { leftOut } from "./bundle/left-out.ts";
import { pureClientNode } from "./bundle/pure-client-node.ts";
import { seldomUsed } from "./bundle/seldom-used.ts";

const shared = {
  bundle: true,
  format: "esm",
  target: "node22.19",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
} as const satisfies BuildOptions;

/** A program of an image: what every start needs is in the first of its files, the rest in the other. */
function inAnImage(name: string): BuildOptions {
  return {
    ...shared,
    entryPoints: [`${name}/main.ts`],
    outdir: `dist/${name}`,
    platform: "node",
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
    entryPoints: ["functions/render/main.ts"],
    outdir: "dist/render",
    platform: "neutral",
    plugins: [besideIt("command")],
  },
  {
    ...shared,
    entryPoints: ["functions/render/command.ts"],
    outdir: "dist/render",
    // The ES modules of its dependencies, of which less is left over.
    platform: "neutral",
    mainFields: ["module", "main"],
    // It runs for a moment only, a good part of which Node spends reading it.
    minifyIdentifiers: true,
    plugins: [builtinsOnDemand],
  },
];

await rm("dist", { recursive: true, force: true });
for (const program of PROGRAMS) {
  const { metafile } = await bundle(program);
  if (metafile && process.argv.includes("--analyze"))
    console.log(await analyzeMetafile(metafile));
}
for (const file of globSync("dist/*/*").toSorted())
  console.log(`${file}  ${Math.round(statSync(file).size / 1024)} KiB`);
await chmod("dist/render/main.js", 0o755);

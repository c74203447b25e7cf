import { rm } from "node:fs/promises";
import { analyzeMetafile, build as bundle } from "esbuild";
import type { Plugin } from "esbuild";

/** The programs: each becomes one file that needs nothing but Node beside it. */
const PROGRAMS = ["functions", "janitor"];

/**
 * client-node does not declare that importing its modules has no effects, so its thousand model classes would all be
 * bundled and built at every start, though only the kubeconfig is used: with this, about 4 MB of them stay out.
 */
const pureClientNode: Plugin = {
  name: "pure-client-node",
  setup(build) {
    build.onResolve(
      { filter: /^@kubernetes\/client-node$/ },
      async ({ path, pluginData, ...options }) => {
        if (pluginData === "resolved") return undefined;
        const resolved = await build.resolve(path, {
          ...options,
          pluginData: "resolved",
        });
        return { ...resolved, sideEffects: false };
      },
    );
    build.onResolve(
      { filter: /^\./ },
      async ({ path, pluginData, ...options }) => {
        if (
          pluginData === "resolved" ||
          !options.importer.includes("@kubernetes/client-node")
        )
          return undefined;
        const resolved = await build.resolve(path, {
          ...options,
          pluginData: "resolved",
        });
        return { ...resolved, sideEffects: false };
      },
    );
  },
};

await rm("dist", { recursive: true, force: true });
const { metafile } = await bundle({
  entryPoints: PROGRAMS.map((program) => `${program}/main.ts`),
  outdir: "dist",
  outbase: ".",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22.19",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  // Dependencies in CommonJS call require for Node's own modules; an ES module has none.
  banner: {
    js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
  },
  plugins: [pureClientNode],
  metafile: true,
  logLevel: "warning",
});

for (const [file, { bytes }] of Object.entries(metafile.outputs))
  console.log(`${file}  ${Math.round(bytes / 1024)} KiB`);
if (process.argv.includes("--analyze")) {
  console.log(await analyzeMetafile(metafile));
}

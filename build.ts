import { rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
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

/**
 * An `import` of one of Node's own modules reads each of its exports, and some of them load what they stand for when they are
 * read: importing node:http so loads Node's own fetch and WebSocket, about 40 ms at every start. Asked for like this, nothing is read
 * but what is used.
 */
const builtinsOnDemand: Plugin = {
  name: "builtins-on-demand",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      isBuiltin(path) && kind !== "require-call"
        ? { path, namespace: "builtin" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/**
 * client-node's kubeconfig needs undici for its generated clients alone, which are not used here; loading it takes about 15 ms.
 * It is in the bundle all the same, for whoever asks.
 */
const undiciOnDemand: Plugin = {
  name: "undici-on-demand",
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, ({ path, kind, importer }) =>
      kind === "import-statement" &&
      importer.includes("@kubernetes/client-node")
        ? { path, namespace: "on-demand" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "on-demand" }, ({ path }) => ({
      contents: ["Agent", "ProxyAgent"]
        .map(
          (name) =>
            `Object.defineProperty(exports, ${JSON.stringify(name)}, { enumerable: true, get: () => require(${JSON.stringify(path)}).${name} });`,
        )
        .join("\n"),
      loader: "js",
      resolveDir: import.meta.dirname,
    }));
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
    js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);',
  },
  plugins: [pureClientNode, builtinsOnDemand, undiciOnDemand],
  metafile: true,
  logLevel: "warning",
});

for (const [file, { bytes }] of Object.entries(metafile.outputs))
  console.log(`${file}  ${Math.round(bytes / 1024)} KiB`);
if (process.argv.includes("--analyze")) {
  console.log(await analyzeMetafile(metafile));
}

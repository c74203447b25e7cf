import { chmod, readFile, rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { analyzeMetafile, build as bundle } from "esbuild";
import type { BuildOptions, Plugin } from "esbuild";

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
      // Copied as getters: the bundler would copy the values, and by that read them all.
      contents: `const builtin = process.getBuiltinModule(${JSON.stringify(path)});
if (typeof builtin === "function") module.exports = builtin;
else for (const name of Object.getOwnPropertyNames(builtin))
  Object.defineProperty(exports, name, { enumerable: true, get: () => builtin[name] });`,
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

/**
 * `render` shows a placeholder for the hash in a claim's name and should not wait for cryptography, whose start takes a quarter as
 * long as Node's own. The YAML parser, which others load on first use, it needs in any case.
 */
const startOfRender: Plugin = {
  name: "start-of-render",
  setup(build) {
    build.onResolve({ filter: /^node:crypto$/ }, ({ path }) => ({
      path,
      namespace: "no-hash",
    }));
    build.onLoad({ filter: /.*/, namespace: "no-hash" }, () => ({
      contents:
        "export const createHash = () => ({ update: createHash, digest: () => new Uint8Array(32) });",
      loader: "js",
    }));
    build.onLoad({ filter: /[/\\]template-list\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return {
        contents: source.replace(
          /const (\{[^}]*\}) = await import\("yaml"\);([^]*)/,
          '$2\nimport $1 from "yaml";',
        ),
        loader: "ts",
      };
    });
  },
};

const shared = {
  bundle: true,
  outdir: "dist",
  format: "esm",
  target: "node22.19",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
} as const satisfies BuildOptions;

/** The programs: each becomes one file that needs nothing but Node beside it. */
const PROGRAMS: readonly BuildOptions[] = [
  {
    ...shared,
    entryPoints: {
      "functions/main": "functions/main.ts",
      "janitor/main": "janitor/main.ts",
    },
    platform: "node",
    // Dependencies in CommonJS call require for Node's own modules; an ES module has none.
    banner: {
      js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);',
    },
    plugins: [pureClientNode, builtinsOnDemand, undiciOnDemand],
  },
  {
    ...shared,
    entryPoints: { "render/main": "functions/render/main.ts" },
    // The ES modules of its dependencies, of which less is left over.
    platform: "neutral",
    mainFields: ["module", "main"],
    // It runs for a moment only, a good part of which Node spends reading it.
    minifyIdentifiers: true,
    plugins: [startOfRender, builtinsOnDemand],
  },
];

await rm("dist", { recursive: true, force: true });
for (const program of PROGRAMS) {
  const { metafile } = await bundle(program);
  for (const [file, { bytes }] of Object.entries(metafile?.outputs ?? {}))
    console.log(`${file}  ${Math.round(bytes / 1024)} KiB`);
  if (metafile && process.argv.includes("--analyze"))
    console.log(await analyzeMetafile(metafile));
}
await chmod("dist/render/main.js", 0o755);

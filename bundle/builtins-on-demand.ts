import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/**
 * An `import` of one of Node's own modules reads all its exports. Some exports make Node load more when they are read: streams and
 * workers for node:fs and node:util. With getters the program reads an export only when it uses it.
 */
export const builtinsOnDemand: Plugin = {
  name: "builtins-on-demand",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      isBuiltin(path) && kind !== "require-call"
        ? { path, namespace: "builtin" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      // Getters, because the bundler would copy the values and thereby read all of them.
      contents: `const builtin = process.getBuiltinModule(${JSON.stringify(path)});
if (typeof builtin === "function") module.exports = builtin;
else for (const name of Object.getOwnPropertyNames(builtin))
  Object.defineProperty(exports, name, { enumerable: true, get: () => builtin[name] });`,
      loader: "js",
    }));
  },
};

import path from "node:path";
import type { Plugin } from "esbuild";

const PACKAGE = "@kubernetes/client-node";

/**
 * client-node does not declare that its modules have no side effects. Without this plugin the bundle would contain its thousand
 * model classes, about 4 MB, and create them at every start. Our programs use only its kubeconfig.
 */
export const pureClientNode: Plugin = {
  name: "pure-client-node",
  setup(build) {
    build.onResolve(
      { filter: new RegExp(`^${PACKAGE}$`) },
      async ({ path: name, pluginData, ...options }) => {
        if (pluginData === "resolved") return undefined;
        const resolved = await build.resolve(name, {
          ...options,
          pluginData: "resolved",
        });
        return { ...resolved, sideEffects: false };
      },
    );
    // Its own imports name exact files. If the bundler resolved the thousands of them, it would take most of the build.
    build.onResolve(
      { filter: /^\./ },
      ({ path: file, importer, resolveDir }) =>
        importer.includes(PACKAGE)
          ? { path: path.join(resolveDir, file), sideEffects: false }
          : undefined,
    );
  },
};

import path from "node:path";
import type { Plugin } from "esbuild";

const PACKAGE = "@kubernetes/client-node";

/**
 * client-node does not declare that importing its modules has no effects, so its thousand model classes would all be
 * bundled and built at every start, though only the kubeconfig is used: with this, about 4 MB of them stay out.
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
    // Its own imports name the very file: asking the bundler for each of the thousands would be most of the build.
    build.onResolve(
      { filter: /^\./ },
      ({ path: file, importer, resolveDir }) =>
        importer.includes(PACKAGE)
          ? { path: path.join(resolveDir, file), sideEffects: false }
          : undefined,
    );
  },
};

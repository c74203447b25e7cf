import type { Plugin } from "esbuild";

/**
 * client-node does not declare that importing its modules has no effects, so its thousand model classes would all be
 * bundled and built at every start, though only the kubeconfig is used: with this, about 4 MB of them stay out.
 */
export const pureClientNode: Plugin = {
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

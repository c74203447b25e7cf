import type { Plugin } from "esbuild";

/** Leaves the module of this name, which is in the importing one's directory, to a bundle of its own beside this one. */
export function besideIt(name: string): Plugin {
  return {
    name: "beside-it",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^\\./${name}\\.ts$`) }, () => ({
        path: `./${name}.js`,
        external: true,
      }));
    },
  };
}

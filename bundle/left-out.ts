import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/**
 * Loaded by their packages at once, though the programs never call them: JSON has no other encodings than UTF-8, 16 and 32
 * (RFC 8259 and before), metrics of the process and their pushing are not asked for, and no files are served.
 */
const NEVER_CALLED =
  /[/\\](iconv-lite[/\\]encodings[/\\](?:[sd]bcs-[a-z-]+|utf7)|prom-client[/\\]lib[/\\](cluster|defaultMetrics|pushgateway)|serve-static[/\\]index)\.js$/;

/** Of the 2,500 media types that express knows by the endings of files. */
const MEDIA_TYPES = new Set(["application/json", "text/html", "text/plain"]);

/** Leaves out parts of the libraries that take time at every start, and nobody uses. */
export const leftOut: Plugin = {
  name: "left-out",
  setup(build) {
    build.onLoad({ filter: NEVER_CALLED }, ({ path }) => ({
      contents: `module.exports = function () { throw new Error(${JSON.stringify(`${path.replace(/^.*node_modules./, "")} is left out of this bundle`)}); };`,
      loader: "js",
    }));
    build.onLoad({ filter: /[/\\]mime-db[/\\]db\.json$/ }, async ({ path }) => {
      const all = JSON.parse(await readFile(path, "utf8")) as object;
      return {
        contents: JSON.stringify(
          Object.fromEntries(
            Object.entries(all).filter(([type]) => MEDIA_TYPES.has(type)),
          ),
        ),
        loader: "json",
      };
    });
  },
};

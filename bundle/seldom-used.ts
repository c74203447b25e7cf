import path from "node:path";
import { build as bundle } from "esbuild";
import type { BuildOptions, Plugin } from "esbuild";

/**
 * Packages that only the generated clients, proxies, logging in by OpenID Connect or a query string's extended form need, by the
 * package that imports them: more than half of all code, whose mere parsing takes as long as Node's own start.
 */
const SELDOM_USED: Readonly<Record<string, readonly string[]>> = {
  "@kubernetes/client-node": [
    "hpagent",
    "js-yaml",
    "jsonpath-plus",
    "openid-client",
    "socks",
    "socks-proxy-agent",
    "undici",
  ],
  "body-parser": ["qs"],
  express: ["qs"],
};

/** Beside the program, with a function for each package that loads it. */
const FILE = "seldom-used.cjs";

/** Puts what is seldom used into a second file, made as `shared` says, which is read when somebody asks for the first of it. */
export const seldomUsed = (shared: BuildOptions): Plugin => ({
  name: "seldom-used",
  setup(build) {
    const files = new Map<string, string>();

    build.onResolve({ filter: /^[a-z]/ }, async ({ pluginData, ...asked }) => {
      const { importer, kind, path: name, resolveDir } = asked;
      if (pluginData === "resolved" || !isSeldomUsed(name, importer))
        return undefined;
      const resolved = await build.resolve(name, {
        importer,
        kind,
        resolveDir,
        pluginData: "resolved",
      });
      files.set(name, resolved.path);
      return { path: name, namespace: "seldom-used" };
    });
    build.onResolve({ filter: new RegExp(`/${FILE}$`) }, () => ({
      path: `./${FILE}`,
      external: true,
    }));

    build.onLoad(
      { filter: /.*/, namespace: "seldom-used" },
      async ({ path: name }) => ({
        contents: await gettersOf(name, files.get(name) ?? name),
        loader: "js",
      }),
    );

    build.onEnd(async () => {
      if (files.size === 0) return;
      await bundle({
        ...shared,
        format: "cjs",
        platform: "node",
        outfile: path.join(build.initialOptions.outdir ?? "", FILE),
        stdin: { contents: loadersOf(files), resolveDir: import.meta.dirname },
      });
    });
  },
});

function isSeldomUsed(name: string, importer: string): boolean {
  return Object.entries(SELDOM_USED).some(
    ([by, names]) =>
      names.includes(name) && importer.includes(path.join("/", by, "/")),
  );
}

/** A module with the same names, none of which loads anything before it is read. */
async function gettersOf(name: string, file: string): Promise<string> {
  const names = Object.keys((await import(file)) as object).filter(
    // What Node adds to a module in CommonJS is added again where it is imported.
    (key) => /^\w+$/.test(key) && key !== "__esModule",
  );
  return names
    .map(
      (key) =>
        `Object.defineProperty(exports, "${key}", { enumerable: true, get: () => require("./${FILE}")["${name}"]().${key} });`,
    )
    .join("\n");
}

/** The second file: a function for each package. They were found in whatever order they were read in. */
function loadersOf(files: ReadonlyMap<string, string>): string {
  return [...files]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([name, file]) =>
        `exports["${name}"] = () => require(${JSON.stringify(file)});`,
    )
    .join("\n");
}

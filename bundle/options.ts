import type { BuildOptions } from "esbuild";
import { builtinsOnDemand } from "./builtins-on-demand.ts";
import { pureClientNode } from "./pure-client-node.ts";

const NEVER_CALLED = `${import.meta.dirname}/never-called.cjs`;
const PROXIES = `${import.meta.dirname}/proxies.cjs`;

/** Bundles a program into one file that needs only Node. It must start fast, because a Pod waits while the function starts. */
export const OPTIONS = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22.19",
  // Identifiers are not minified, so that people can read stacks.
  minifySyntax: true,
  minifyWhitespace: true,
  // When the program does not catch an error, Node prints the whole line that threw it.
  lineLimit: 200,
  legalComments: "none",
  banner: {
    // CommonJS dependencies call require for Node's own modules, and an ES module has no require.
    js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);',
  },
  // The libraries load these at every start, and our programs use them rarely or never. Without the aliases the function would need
  // twice the time until it listens.
  alias: {
    // client-node loads these for generated clients, logins, proxies and its own reader of kubeconfigs.
    "js-yaml": NEVER_CALLED,
    "jsonpath-plus": NEVER_CALLED,
    "openid-client": NEVER_CALLED,
    undici: NEVER_CALLED,
    hpagent: PROXIES,
    socks: PROXIES,
    "socks-proxy-agent": PROXIES,
    // express loads these for forms in queries and bodies, for files that it serves, and for 2,500 media types.
    qs: NEVER_CALLED,
    send: NEVER_CALLED,
    "serve-static": NEVER_CALLED,
    "mime-db": `${import.meta.dirname}/media-types.json`,
  },
  plugins: [pureClientNode, builtinsOnDemand],
  logLevel: "warning",
} satisfies BuildOptions;

/** Bundles render, which starts for each file of a pipeline. It has no banner, so that a Node that is too old gets to the message about that. */
export const RENDER_OPTIONS = {
  ...OPTIONS,
  platform: "neutral",
  // Prefers the ES modules of its dependencies: the bundler can leave out more of them.
  mainFields: ["module", "main"],
  banner: {},
  alias: {},
  plugins: [builtinsOnDemand],
} satisfies BuildOptions;

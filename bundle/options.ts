import type { BuildOptions } from "esbuild";
import { builtinsOnDemand } from "./builtins-on-demand.ts";
import { pureClientNode } from "./pure-client-node.ts";

const NEVER_CALLED = `${import.meta.dirname}/never-called.cjs`;
const PROXIES = `${import.meta.dirname}/proxies.cjs`;

/** Bundles a program into one file that needs only Node, and that starts fast: a Pod waits while the function starts. */
export const OPTIONS = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22.19",
  // Names stay, and stacks can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  // Of an error that the program does not catch, Node prints the whole line that threw it.
  lineLimit: 200,
  legalComments: "none",
  banner: {
    // Dependencies in CommonJS call require for Node's own modules; an ES module has none.
    js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);',
  },
  // What the libraries load at every start, and our programs use seldom or never: half of the time until the function listens.
  alias: {
    // Of client-node: generated clients, logins, and a reader of kubeconfigs beside ours.
    "js-yaml": NEVER_CALLED,
    "jsonpath-plus": NEVER_CALLED,
    "openid-client": NEVER_CALLED,
    undici: NEVER_CALLED,
    hpagent: PROXIES,
    socks: PROXIES,
    "socks-proxy-agent": PROXIES,
    // Of express: forms in queries and bodies, files that are served, and 2,500 media types.
    qs: NEVER_CALLED,
    send: NEVER_CALLED,
    "serve-static": NEVER_CALLED,
    "mime-db": `${import.meta.dirname}/media-types.json`,
  },
  plugins: [pureClientNode, builtinsOnDemand],
  logLevel: "warning",
} satisfies BuildOptions;

/** Bundles render, which starts for each file of a pipeline. Without the banner an old Node reads as far as the message that it is too old. */
export const RENDER_OPTIONS = {
  ...OPTIONS,
  platform: "neutral",
  // The ES modules of its dependencies, of which less is left over.
  mainFields: ["module", "main"],
  banner: {},
  alias: {},
  plugins: [builtinsOnDemand],
} satisfies BuildOptions;

import path from "node:path";
import { defineConfig } from "oxlint";
import type { OxlintOverride } from "oxlint";

/**
 * Which folders a file may import, by the folder of the file. Each folder may import itself. A folder names only folders that
 * come before it in this table. docs/architecture.md draws the table.
 */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "functions/contract": [],
  "functions/kubernetes": ["functions/contract"],
  "functions/field": ["functions/contract"],
  "functions/template": ["functions/field", "functions/contract"],
  "functions/pool": ["functions/template", "functions/contract"],
  "functions/claim": ["functions/template", "functions/contract"],
  "functions/claim-api": [
    "functions/claim",
    "functions/template",
    "functions/field",
    "functions/contract",
    "functions/kubernetes",
  ],
  "functions/hand-over": [
    "functions/claim-api",
    "functions/pool",
    "functions/contract",
    "functions/kubernetes",
  ],
  "functions/pod": [
    "functions/claim",
    "functions/pool",
    "functions/template",
    "functions/field",
    "functions/contract",
  ],
  "functions/render": [
    "functions/pod",
    "functions/claim",
    "functions/template",
    "functions/field",
    "functions/contract",
  ],
  "functions/admission": [
    "functions/pod",
    "functions/hand-over",
    "functions/claim-api",
    "functions/claim",
    "functions/field",
    "functions/contract",
  ],
  "functions/http": [
    "functions/admission",
    "functions/contract",
    "functions/kubernetes",
  ],
  functions: [
    "functions/http",
    "functions/admission",
    "functions/hand-over",
    "functions/claim-api",
    "functions/contract",
    "functions/kubernetes",
  ],
  "janitor/settings": ["functions/contract"],
  "janitor/verdict": ["functions/contract"],
  "janitor/cluster": [
    "janitor/verdict",
    "janitor/settings",
    "functions/contract",
    "functions/kubernetes",
  ],
  "janitor/actions": [
    "janitor/cluster",
    "janitor/verdict",
    "janitor/settings",
    "functions/contract",
    "functions/kubernetes",
  ],
  "janitor/report": [
    "janitor/actions",
    "functions/contract",
    "functions/kubernetes",
  ],
  "janitor/certificates/decision": ["functions/contract"],
  "janitor/certificates": [
    "janitor/certificates/decision",
    "janitor/report",
    "janitor/cluster",
    "janitor/settings",
    "functions/contract",
    "functions/kubernetes",
  ],
  janitor: [
    "janitor/certificates",
    "janitor/report",
    "janitor/actions",
    "janitor/cluster",
    "janitor/verdict",
    "janitor/settings",
    "functions/contract",
    "functions/kubernetes",
  ],
};

/** Only these folders may call other programs. All others get their clients as parameters. */
const CALLERS = new Set(["functions/kubernetes", "functions/http"]);

const NO_CLIENT = {
  regex:
    "^(node:)?(http|https|http2|tls|dgram|express|undici|ws|@kubernetes/client-node)(/|$)",
  allowTypeImports: true,
  message: "only functions/kubernetes and functions/http call other programs.",
};

/** `node:net` also knows what an address is. */
const NO_SOCKET = {
  regex: "^(node:)?net$",
  allowImportNames: ["isIP", "isIPv6"],
  allowTypeImports: true,
  message: NO_CLIENT.message,
};

/** Only this file starts a program: the one that a kubeconfig names for credentials. */
const STARTS_A_PROGRAM = "functions/kubernetes/exec-plugin.ts";

const NO_PROGRAM = {
  regex: "^(node:)?(child_process|cluster|worker_threads|module)$",
  message: `only ${STARTS_A_PROGRAM} starts a program, and modules are imported.`,
};

/** Both ways to this function load any module without an import. */
const NO_BUILTIN_MODULE = {
  regex: "^(node:)?process$",
  importNames: ["getBuiltinModule"],
  message: NO_PROGRAM.message,
};

const NO_OTHER_FOLDER = ["../**", "./*/**", "!**/package.json"];

function restricted(
  files: string,
  patterns: readonly object[],
): OxlintOverride {
  return {
    files: [files],
    rules: { "no-restricted-imports": ["error", { patterns: [...patterns] }] },
  };
}

/** What holds for a folder without a row in ARROWS. */
const WITHOUT_ROW = restricted("{functions,janitor}/**", [
  {
    group: NO_OTHER_FOLDER,
    message: "this folder has no row in ARROWS in oxlint.config.ts.",
  },
  NO_CLIENT,
  NO_SOCKET,
  NO_PROGRAM,
  NO_BUILTIN_MODULE,
]);

const WITH_ROW = Object.entries(ARROWS).flatMap(([folder, targets]) => {
  const allowed = targets.map(
    (target) =>
      `!${path.posix.relative(folder, target).replace(/^(?=\w)/, "./")}/*`,
  );
  const patterns = [
    {
      group: [...NO_OTHER_FOLDER, ...allowed],
      message: `${folder} does not import this folder: ARROWS in oxlint.config.ts has the rule.`,
    },
    ...(CALLERS.has(folder) ? [] : [NO_CLIENT, NO_SOCKET]),
    NO_BUILTIN_MODULE,
  ];
  return [
    restricted(`${folder}/*`, [...patterns, NO_PROGRAM]),
    ...(path.dirname(STARTS_A_PROGRAM) === folder
      ? [restricted(STARTS_A_PROGRAM, patterns)]
      : []),
  ];
});

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "node"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  env: { node: true, es2024: true },
  ignorePatterns: ["dist", "coverage", "**/*.generated.js"],
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-non-null-assertion": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "no-await-in-loop": "off",
    "typescript/no-misused-spread": "off",
    "typescript/require-array-sort-compare": "off",
    "typescript/no-unsafe-type-assertion": "off",
    "import/no-named-as-default-member": "off",
  },
  overrides: [
    {
      files: ["oxlint.config.ts"],
      rules: { "import/no-default-export": "off" },
    },
    {
      files: ["tests/**", "examples/**"],
      rules: { "typescript/no-unused-expressions": "off" },
    },
    WITHOUT_ROW,
    ...WITH_ROW,
    {
      files: ["{functions,janitor}/**"],
      rules: {
        "no-restricted-globals": [
          "error",
          "fetch",
          "WebSocket",
          "EventSource",
          "require",
          "globalThis",
        ],
        "no-restricted-properties": [
          "error",
          {
            object: "process",
            property: "getBuiltinModule",
            message: NO_PROGRAM.message,
          },
        ],
      },
    },
  ],
});

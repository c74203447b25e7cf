import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** Who one is to the API server. `groups` and `extra` hold at least these. */
export interface Account {
  readonly user: string | RegExp;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

interface ConfigFields {
  /** The only user; null for none. By default one with `$token` or, if there is `exec`, without more. */
  readonly user?: object | null;
  /** Fields of the user's exec plugin, in place of those that run `./plugin`. */
  readonly exec?: object;
  /** More fields of the only cluster, or others in place of its own. */
  readonly cluster?: object;
  /** More fields of the file, or others in place of its own. */
  readonly config?: object;
}

/** A kubeconfig, and who one is with it. The first file of `kubeconfig` has the fields of this case, unless `files` has it. */
interface Written extends ConfigFields {
  /** Who one is, by name or in full. */
  readonly is?: keyof typeof ACCOUNTS | Account;
  /** What the error says, as a regular expression. */
  readonly says?: string;
  /** Files by their path: a text as it is, an object as JSON, `whole` a kubeconfig with these fields; null is a missing file. */
  readonly files?: Readonly<
    Record<string, string | { readonly whole?: ConfigFields } | null>
  >;
  /** The command `plugin`, a shell script: what it runs first, and prints then. */
  readonly plugin?: {
    readonly first?: string;
    readonly status: object;
    readonly version?: string;
  };
  /** Paths for KUBECONFIG; `config` by default. */
  readonly kubeconfig?: readonly string[];
  readonly context?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Why kubectl does otherwise, where it does. */
  readonly kubectlDiffers?: string;
  /** Through which proxy it must go. */
  readonly proxy?: "http" | "socks";
}

export interface KubeconfigCase extends Omit<Written, "is" | "says" | "files"> {
  /** Who one is, or what the error says. */
  readonly is: Account | RegExp;
}

const ACCOUNTS = {
  token: { user: "admin-token", groups: ["system:masters"] },
  other: { user: "system:serviceaccount:default:default" },
  certificate: { user: /^(?!admin-token)/, groups: ["system:masters"] },
} as const satisfies Record<string, Account>;

const EXEC_API = "client.authentication.k8s.io";

/** A kubeconfig of one cluster, user and context. */
function aConfig({
  exec,
  user = exec ? {} : { token: "$token" },
  cluster,
  config,
}: ConfigFields): object {
  const plugin = {
    apiVersion: `${EXEC_API}/v1`,
    interactiveMode: "Never",
    command: "./plugin",
    ...exec,
  };
  const own = {
    server: "$server",
    "certificate-authority-data": "$ca",
    ...cluster,
  };
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: own }],
    users: user
      ? [{ name: "u", user: { ...user, ...(exec && { exec: plugin }) } }]
      : [],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
    ...config,
  };
}

/** The texts of a case's files, by their path. */
export function filesOf(one: Partial<Written>): Map<string, string> {
  const [first = "config"] = one.kubeconfig ?? [];
  const files = new Map<string, string>();
  if (one.plugin) {
    const { first: before = "", status, version = "v1" } = one.plugin;
    const apiVersion = `${EXEC_API}/${version}`;
    const printed = { apiVersion, kind: "ExecCredential", status };
    files.set(
      "plugin",
      `#!/bin/sh\n${before}\ncat <<'END'\n${JSON.stringify(printed)}\nEND\n`,
    );
  }
  const all: Written["files"] = { [first]: { whole: one }, ...one.files };
  for (const [name, content] of Object.entries(all)) {
    if (content === null) continue;
    const text =
      typeof content === "string"
        ? content
        : JSON.stringify(content.whole ? aConfig(content.whole) : content);
    files.set(name, text);
  }
  return files;
}

const { shared: _anchors, ...groups } = parse(
  readFileSync(new URL("cases.yaml", import.meta.url), "utf8"),
  { merge: true },
) as Record<string, Record<string, Written>>;

export const KUBECONFIG_CASES: Readonly<Record<string, KubeconfigCase>> =
  Object.fromEntries(
    Object.values(groups).flatMap((cases) =>
      Object.entries(cases).map(([name, { is, says = "", ...one }]) => [
        name,
        {
          ...one,
          is:
            is === undefined
              ? new RegExp(says)
              : typeof is === "string"
                ? ACCOUNTS[is]
                : is,
        },
      ]),
    ),
  );

import { dirname, isAbsolute, resolve } from "node:path";
import type { ErrorObject } from "ajv";
import { errorMessage } from "../contract/error-message.ts";
import { withoutNulls } from "../contract/without-nulls.ts";
import { validate } from "./kubeconfig.validate.generated.js";

/** A kubeconfig cannot be used. `message` names the entry and the field in one line, and shows no value that may be a secret. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

/** A cluster as a kubeconfig has it; the file is absolute. An empty text counts as absent. */
export interface ClusterEntry {
  readonly server?: string;
  readonly "tls-server-name"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "proxy-url"?: string;
  readonly "disable-compression"?: boolean;
  readonly extensions?: readonly {
    readonly name: string;
    readonly extension?: unknown;
  }[];
}

/** A command that obtains credentials: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
export interface ExecEntry {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name?: string;
    readonly value?: string;
  }[];
  readonly apiVersion?: string;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
}

/** A user as a kubeconfig has it; its files are absolute. An empty text counts as absent. */
export interface UserEntry {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly as?: string;
  readonly "as-uid"?: string;
  readonly "as-groups"?: readonly string[];
  readonly "as-user-extra"?: Readonly<Record<string, readonly string[]>>;
  readonly username?: string;
  readonly password?: string;
  readonly "auth-provider"?: {
    readonly name?: string;
    readonly config?: Readonly<Record<string, string>>;
  };
  readonly exec?: ExecEntry;
}

/** The cluster to use, and the user to use it as. */
export interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
}

/** One kubeconfig, or several that were merged. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly currentContext: string | undefined;
}

/**
 * Reads the text of a kubeconfig as kubectl does: unknown fields are ignored, wrong types are errors, relative paths begin in the
 * file's own directory.
 * @throws {KubeconfigError}
 */
export async function parseKubeconfig(
  text: string,
  file: string,
): Promise<Kubeconfig> {
  // Loaded only here: in a cluster the program does not need the parser, and loading it takes time at every start.
  const { parse } = await import("yaml");
  let parsed: unknown;
  try {
    // kubectl's parser reads `yes` as true.
    parsed = withoutNulls(parse(text, { version: "1.1", logLevel: "error" }));
  } catch (error) {
    throw new KubeconfigError(firstLine(errorMessage(error)));
  }
  const content = parsed ?? {};
  if (!validate(content))
    throw new KubeconfigError(describe(validate.errors ?? []));
  const { clusters, users, contexts, ...rest } = content as FileContent;
  const base = dirname(resolve(file));
  return {
    clusters: byName("clusters", clusters, ({ cluster = {} }) =>
      withAbsolutePaths(cluster, ["certificate-authority"], base),
    ),
    users: byName("users", users, ({ user = {} }) =>
      withAbsoluteCommand(
        withAbsolutePaths(
          user,
          ["client-certificate", "client-key", "tokenFile"],
          base,
        ),
        base,
      ),
    ),
    contexts: byName("contexts", contexts, ({ context = {} }) => context),
    currentContext: rest["current-context"] || undefined,
  };
}

/** Several files as one: for each name the first file that has it, and the first current context. Entries are never mixed. */
export function mergeKubeconfigs(parts: readonly Kubeconfig[]): Kubeconfig {
  return {
    clusters: firstOfEach(parts.map(({ clusters }) => clusters)),
    users: firstOfEach(parts.map(({ users }) => users)),
    contexts: firstOfEach(parts.map(({ contexts }) => contexts)),
    currentContext: parts.find(({ currentContext }) => currentContext)
      ?.currentContext,
  };
}

function firstOfEach<T>(
  maps: readonly ReadonlyMap<string, T>[],
): Map<string, T> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}

type Named<Key extends string, T> = readonly ({ readonly name: string } & {
  readonly [key in Key]?: T;
})[];

interface FileContent {
  readonly clusters?: Named<"cluster", ClusterEntry>;
  readonly users?: Named<"user", UserEntry>;
  readonly contexts?: Named<"context", ContextEntry>;
  readonly "current-context"?: string;
}

function byName<Entry extends { readonly name: string }, T>(
  list: string,
  entries: readonly Entry[] = [],
  valueOf: (entry: Entry) => T,
): Map<string, T> {
  const map = new Map<string, T>();
  for (const entry of entries) {
    if (map.has(entry.name))
      throw new KubeconfigError(
        `${list} has two entries named ${JSON.stringify(entry.name)}`,
      );
    map.set(entry.name, valueOf(entry));
  }
  return map;
}

function withAbsolutePaths<T extends object>(
  entry: T,
  fields: readonly (keyof T)[],
  base: string,
): T {
  const absolute = fields.flatMap((field) => {
    const path = entry[field];
    return typeof path === "string" && path !== "" && !isAbsolute(path)
      ? [[field, resolve(base, path)]]
      : [];
  });
  return { ...entry, ...Object.fromEntries(absolute) } as T;
}

/** The system looks for a command without a slash in PATH. */
function withAbsoluteCommand(user: UserEntry, base: string): UserEntry {
  return user.exec?.command?.includes("/") === true
    ? { ...user, exec: withAbsolutePaths(user.exec, ["command"], base) }
    : user;
}

/** Shows no values: a wrong value may be a password without its quotes. */
function describe(errors: readonly ErrorObject[]): string {
  return errors
    .map(({ instancePath, message, params }) => {
      const path = instancePath.slice(1).replaceAll("/", ".") || "the file";
      const allowed: unknown = params["allowedValue"];
      return allowed === undefined
        ? `${path} ${message?.startsWith("must match pattern") ? "must be base64" : message}`
        : `${path} must be ${JSON.stringify(allowed)}`;
    })
    .join("; ");
}

/** The message of a YAML parser has several lines, of which the last ones show the text of the file. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}

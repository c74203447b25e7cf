import { readFile } from "node:fs/promises";
import type https from "node:https";
import type { KubeConfig, User } from "@kubernetes/client-node";
import { execPlugin } from "./exec-plugin.ts";
import type { ExecPlugin, ExecSurroundings } from "./exec-plugin.ts";
import { headerValue, impersonationHeaders } from "./impersonation.ts";
import { KubeconfigError } from "./kubeconfig-files.ts";
import type { ExecEntry, UserEntry } from "./kubeconfig-files.ts";

/** The name by which client-node finds the authenticator below instead of its own. */
const PROVIDER = "kubeconfig-user";

/** Adds the credentials to each request, when client-node asks for them. */
type Authenticator = Parameters<KubeConfig["addAuthenticator"]>[0];

/** One user of a kubeconfig, for client-node. It reads certificates itself, and asks the authenticator for everything else. */
export interface UserCredentials {
  readonly user: User;
  readonly authenticator: Authenticator;
  /** True when the entry has credentials, apart from impersonation. */
  readonly identifies: boolean;
  /** The API server rejected the credentials: the next request obtains new ones, where that is possible. */
  readonly forget: () => void;
}

/** Adds headers, or a certificate, to a request. */
type Apply = (options: https.RequestOptions) => Promise<void>;

/**
 * The user entry `name` as kubectl reads it. client-node itself ignores tokenFile, as-uid, as-groups and as-user-extra, and gives
 * an exec plugin less than it may need.
 * @throws {KubeconfigError} when the entry contradicts itself, or asks for what is not supported
 */
export function userCredentials(
  name: string,
  entry: UserEntry,
  surroundings: ExecSurroundings,
): UserCredentials {
  const reject = (problem: string): never => {
    throw new KubeconfigError(`user ${JSON.stringify(name)}: ${problem}`);
  };
  const impersonation = impersonationHeaders(name, entry);
  const certificate = certificateOf(entry, reject);
  const authorization = authorizationOf(
    entry,
    certificate !== undefined,
    (exec) => execPlugin(name, exec, surroundings),
    reject,
  );
  return {
    user: { name, ...certificate, authProvider: { name: PROVIDER } },
    authenticator: {
      isAuthProvider: ({ authProvider }) =>
        (authProvider as { name?: string } | undefined)?.name === PROVIDER,
      async applyAuthentication(_, options) {
        await authorization?.apply(options);
        options.headers = { ...options.headers, ...impersonation };
      },
    },
    identifies: authorization !== undefined || certificate !== undefined,
    forget: () => authorization?.forget?.(),
  };
}

function certificateOf(
  entry: UserEntry,
  reject: (problem: string) => never,
): Partial<User> | undefined {
  const certFile = entry["client-certificate"];
  const certData = entry["client-certificate-data"];
  const keyFile = entry["client-key"];
  const keyData = entry["client-key-data"];
  if (certFile && certData)
    reject("has client-certificate and client-certificate-data: keep one");
  if (!certFile && !certData) return undefined;
  if (keyFile && keyData)
    reject("has client-key and client-key-data: keep one");
  if (!keyFile && !keyData)
    reject("has a client certificate without client-key or client-key-data");
  return {
    ...(certFile ? { certFile } : { certData: certData ?? "" }),
    ...(keyFile ? { keyFile } : { keyData: keyData ?? "" }),
  };
}

/** How each request gets a token, a password or a plugin's credential; undefined when the entry has none of them. */
function authorizationOf(
  entry: UserEntry,
  hasCertificate: boolean,
  pluginOf: (exec: ExecEntry) => ExecPlugin,
  reject: (problem: string) => never,
): { readonly apply: Apply; readonly forget?: () => void } | undefined {
  const { exec, password = "", token, tokenFile, username = "" } = entry;
  const provider = entry["auth-provider"];
  const basic = username !== "" || password !== "";
  if (username === "" && password !== "")
    reject("has a password without a username: give it one, or take it out");
  if (basic && (token || tokenFile))
    reject("has a token and a username or password: keep one");
  if (provider) {
    if (exec || token || tokenFile || basic)
      reject("has an auth-provider and other credentials: keep one");
    return { apply: idToken(provider, reject) };
  }
  // If there are both, kubectl reads the file.
  if (tokenFile)
    return {
      apply: async (options) =>
        setAuthorization(options, `Bearer ${await tokenOf(tokenFile)}`),
    };
  if (token) return { apply: fixed(() => `Bearer ${token}`) };
  if (basic) {
    const both = Buffer.from(`${username}:${password}`).toString("base64");
    return { apply: fixed(() => `Basic ${both}`) };
  }
  // kubectl does not run the plugin either if there is a certificate.
  if (!exec || hasCertificate) return undefined;
  const plugin = pluginOf(exec);
  return {
    apply: async (options) => {
      const {
        clientCertificateData,
        clientKeyData,
        token: given,
      } = await plugin.credential();
      if (clientCertificateData) options.cert = clientCertificateData;
      if (clientKeyData) options.key = clientKeyData;
      if (given) setAuthorization(options, `Bearer ${given}`);
    },
    forget: plugin.forget,
  };
}

/** Applies a value that needs no waiting. */
function fixed(value: () => string): Apply {
  return (options) => {
    setAuthorization(options, value());
    return Promise.resolve();
  };
}

function setAuthorization(options: https.RequestOptions, value: string): void {
  options.headers = { ...options.headers, Authorization: headerValue(value) };
}

/** Reads the file at each request, because it may be replaced at any time. */
async function tokenOf(file: string): Promise<string> {
  const token = (await readFile(file, "utf8")).trim();
  if (token === "") throw new Error(`tokenFile ${file} is empty`);
  return token;
}

/**
 * kubectl still supports one auth provider, oidc. This program uses its token while it is valid, and does not renew it: with many
 * issuers a refresh token works only once, and the program that uses it must write the next one into the file.
 */
function idToken(
  { name, config = {} }: NonNullable<UserEntry["auth-provider"]>,
  reject: (problem: string) => never,
): Apply {
  if (name !== "oidc")
    reject(
      `auth-provider ${JSON.stringify(name ?? "")} is not supported, and kubectl does not support it any more: use an exec plugin`,
    );
  const token = config["id-token"] ?? "";
  return fixed(() => {
    if (endOf(token) <= Date.now())
      reject(
        "auth-provider oidc: its id-token has expired or is missing: run any kubectl command, which renews it, or use an exec plugin",
      );
    return `Bearer ${token}`;
  });
}

/** When a JSON Web Token expires, in milliseconds since the epoch; 0 when it does not say. */
function endOf(token: string): number {
  try {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url");
    const { exp } = JSON.parse(payload.toString("utf8")) as { exp?: number };
    return (exp ?? 0) * 1_000;
  } catch {
    return 0;
  }
}

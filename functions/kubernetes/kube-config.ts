import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createSecureContext } from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import type { Cluster, User } from "@kubernetes/client-node";
import { errorMessage } from "../contract/error-message.ts";
import { quoted } from "../contract/printable.ts";
import {
  clusterForPlugins,
  clusterOf,
  supportedProxy,
} from "./cluster-entry.ts";
import { environmentProxy } from "./environment-proxy.ts";
import { KubeconfigError } from "./kubeconfig-files.ts";
import { mergeKubeconfigs, parseKubeconfig } from "./kubeconfig-files.ts";
import type { Kubeconfig } from "./kubeconfig-files.ts";
import { userCredentials } from "./user-credentials.ts";

/** Where Kubernetes mounts a Pod's ServiceAccount token; with KUBERNETES_SERVICE_HOST it means that we run in a cluster. */
const IN_CLUSTER_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** There are no usable credentials. `message` says in one line where the program looked for them. */
export class NoClusterError extends Error {
  override readonly name = "NoClusterError";
}

/** The server that a program works on, for its reports. */
export interface ServerName {
  /** The server's URL, without anything that may be secret. */
  readonly server: string;
  /** The kubeconfig's context; undefined for the cluster of the Pod itself. */
  readonly context: string | undefined;
}

/** A cluster and the credentials for it. */
export interface ClusterAccess extends ServerName {
  readonly config: KubeConfig;
  /** The API server rejected the credentials: the next request obtains new ones, where that is possible. */
  readonly forgetCredentials: () => void;
}

/** Which cluster to use. */
export interface KubeConfigChoice {
  /** Name of the context to use instead of the current one. */
  readonly context?: string | undefined;
  /** For tests: a directory in front of the path of the Pod's ServiceAccount token. */
  readonly root?: string;
}

/**
 * Address and credentials of the cluster. They come from the files of KUBECONFIG if it is set, else from the Pod's ServiceAccount
 * in a cluster, else from `~/.kube/config`. What kubectl would read differently is an error, so that no other account is used.
 * @throws {NoClusterError} when none of these exists, or it cannot be used
 */
export async function loadKubeConfig(
  env: NodeJS.ProcessEnv,
  { context, root = "" }: KubeConfigChoice = {},
): Promise<ClusterAccess> {
  const named = env["KUBECONFIG"] || undefined;
  const inCluster =
    Boolean(env["KUBERNETES_SERVICE_HOST"]) && isThere(root + IN_CLUSTER_TOKEN);
  if (named === undefined && inCluster) {
    if (context !== undefined)
      throw new NoClusterError(
        `no cluster: context ${JSON.stringify(context)} was asked for, but a Pod's own account has no contexts: set KUBECONFIG, or ask for none`,
      );
    return ownCluster(env, root);
  }
  const files = named
    ? [...new Set(named.split(delimiter))].filter((file) => file !== "")
    : [join(homedir(), ".kube", "config")];
  const present = files.filter(isThere);
  if (present.length === 0) {
    throw new NoClusterError(
      `no cluster: ${named ? `KUBECONFIG names no existing file (${named})` : "not running in one, and neither KUBECONFIG nor ~/.kube/config is there"}`,
    );
  }
  const parts: Kubeconfig[] = [];
  for (const file of present) {
    try {
      parts.push(await parseKubeconfig(readFileSync(file, "utf8"), file));
    } catch (error) {
      throw new NoClusterError(
        `no cluster: cannot read ${file}: ${errorMessage(error)}`,
        { cause: error },
      );
    }
  }
  try {
    return accessTo(mergeKubeconfigs(parts), context, env);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new NoClusterError(
      `no cluster: ${present.join(delimiter)}: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * False only for a file that is missing. A file that may not be read counts as there, so that reading it fails: without it the
 * program would use another account.
 */
function isThere(file: string): boolean {
  try {
    statSync(file);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** @throws {KubeconfigError} */
function ownCluster(env: NodeJS.ProcessEnv, root: string): ClusterAccess {
  const config = new KubeConfig();
  config.loadFromCluster(root);
  const [cluster] = config.clusters;
  if (!cluster) throw new TypeError("the Pod's own cluster has no address");
  const url = new URL(cluster.server);
  const proxy = environmentProxy(url, env);
  if (proxy !== undefined) {
    const proxyUrl = supportedProxy(
      proxy,
      url.protocol === "https:",
      (problem) => {
        throw new NoClusterError(`no cluster: the environment: ${problem}`);
      },
    );
    config.clusters = [{ ...cluster, proxyUrl }];
  }
  return {
    config,
    server: cluster.server,
    context: undefined,
    forgetCredentials: () => undefined,
  };
}

function accessTo(
  { clusters, contexts, currentContext, users }: Kubeconfig,
  asked: string | undefined,
  env: NodeJS.ProcessEnv,
): ClusterAccess {
  const known =
    contexts.size > 0
      ? `its contexts are ${[...contexts.keys()].toSorted().map(quoted).join(", ")}`
      : "it has no contexts";
  const name =
    asked ?? currentContext ?? reject(`has no current context; ${known}`);
  const context =
    contexts.get(name) ?? reject(`has no context ${quoted(name)}; ${known}`);
  const clusterName =
    context.cluster || reject(`context ${quoted(name)} names no cluster`);
  const clusterEntry =
    clusters.get(clusterName) ??
    reject(
      `context ${quoted(name)} names cluster ${quoted(clusterName)}, which does not exist`,
    );
  const cluster = clusterOf(clusterName, clusterEntry, env);
  const userName = context.user || undefined;
  const userEntry =
    userName === undefined
      ? {}
      : (users.get(userName) ??
        reject(
          `context ${quoted(name)} names user ${quoted(userName)}, which does not exist`,
        ));
  const { authenticator, forget, identifies, user } = userCredentials(
    userName ?? "",
    userEntry,
    { env, cluster: clusterForPlugins(clusterEntry) },
  );
  const secure = cluster.server.startsWith("https:");
  if (secure && !identifies)
    reject(
      userName === undefined
        ? `context ${quoted(name)} names no user`
        : `user ${quoted(userName)} has no credentials (token, tokenFile, client-certificate, username or exec)`,
    );
  // kubectl sends no credentials over http, and goes on as an anonymous user.
  if (!secure && identifies)
    reject(
      `cluster ${quoted(clusterName)} is reached by http, and credentials are sent only by https: use https, or a context without a user`,
    );
  if (secure) checkCertificate(cluster, user);
  const config = new KubeConfig();
  config.addAuthenticator(authenticator);
  config.loadFromOptions({
    clusters: [cluster],
    users: [user],
    contexts: [{ name, cluster: cluster.name, user: user.name }],
    currentContext: name,
  });
  return {
    config,
    server: cluster.server,
    context: name,
    forgetCredentials: forget,
  };
}

/** Reads the files of credentials once, to report an error at the start in one line. Each request reads them again. */
function checkCertificate(
  { caFile }: Cluster,
  { certData, certFile, keyData, keyFile, name }: User,
): void {
  try {
    createSecureContext({
      ...(caFile && { ca: readFileSync(caFile) }),
      ...bytes("cert", certFile, certData),
      ...bytes("key", keyFile, keyData),
    });
  } catch (error) {
    reject(
      `user ${quoted(name)}: client certificate or key cannot be used: ${errorMessage(error)}`,
    );
  }
}

function bytes(
  what: "cert" | "key",
  file: string | undefined,
  data: string | undefined,
): Record<string, Buffer> {
  if (file) return { [what]: readFileSync(file) };
  return data ? { [what]: Buffer.from(data, "base64") } : {};
}

function reject(problem: string): never {
  throw new KubeconfigError(problem);
}

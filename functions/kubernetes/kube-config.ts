import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createSecureContext } from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import type { Cluster, User } from "@kubernetes/client-node";
import { errorMessage } from "../contract/error-message.ts";
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

/** There are no usable credentials: `message` says where they were looked for, in one line. */
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

/** A cluster, and who one is there. */
export interface ClusterAccess extends ServerName {
  readonly config: KubeConfig;
  /** The API server rejected the credentials: the next request obtains new ones, where that is possible. */
  readonly forgetCredentials: () => void;
}

/** How to choose. */
export interface KubeConfigChoice {
  /** Name of the context to use instead of the current one. */
  readonly context?: string | undefined;
  /** Before the path of the Pod's ServiceAccount token, for tests. */
  readonly root?: string;
}

/**
 * Address and credentials of the cluster: of the files of KUBECONFIG when it is set, else the Pod's ServiceAccount when run in one, else
 * of `~/.kube/config`. What kubectl would take otherwise than client-node, or this program, is an error and never another account.
 * @throws {NoClusterError} when none of these is there or what they say cannot be used.
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
 * False only for a file that is missing. One that cannot be reached, for lack of rights for example, counts as there, and reading it
 * fails: a program that went on without it would use another account.
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
      ? `there are ${[...contexts.keys()].toSorted().map(quoted).join(", ")}`
      : "there are none";
  const name =
    asked ??
    currentContext ??
    refuse(`has no current context; of contexts ${known}`);
  const context =
    contexts.get(name) ??
    refuse(`has no context ${quoted(name)}; of contexts ${known}`);
  const clusterName =
    context.cluster || refuse(`context ${quoted(name)} names no cluster`);
  const clusterEntry =
    clusters.get(clusterName) ??
    refuse(
      `context ${quoted(name)} names cluster ${quoted(clusterName)}, which is not there`,
    );
  const cluster = clusterOf(clusterName, clusterEntry, env);
  const userName = context.user || undefined;
  const userEntry =
    userName === undefined
      ? {}
      : (users.get(userName) ??
        refuse(
          `context ${quoted(name)} names user ${quoted(userName)}, which is not there`,
        ));
  const { authenticator, forget, identifies, user } = userCredentials(
    userName ?? "",
    userEntry,
    { env, cluster: clusterForPlugins(clusterEntry) },
  );
  const secure = cluster.server.startsWith("https:");
  if (secure && !identifies)
    refuse(
      userName === undefined
        ? `context ${quoted(name)} names no user`
        : `user ${quoted(userName)} has no credentials (token, tokenFile, client-certificate, username or exec)`,
    );
  // kubectl sends no credentials over http, and goes on as an anonymous user.
  if (!secure && identifies)
    refuse(
      `cluster ${quoted(clusterName)} is reached by http, by which no credentials are sent: use https, or a context without a user`,
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

/** They are read again at each request. This reports an error in them at the start, in one line. */
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
    refuse(
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

function quoted(name: string): string {
  return JSON.stringify(name);
}

function refuse(problem: string): never {
  throw new KubeconfigError(problem);
}

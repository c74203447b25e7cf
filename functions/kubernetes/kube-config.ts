import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../message-of.ts";

/** Where Kubernetes mounts a Pod's ServiceAccount token; with KUBERNETES_SERVICE_HOST it means that we run in a cluster. */
const IN_CLUSTER_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** There are no usable credentials: `message` says where they were looked for, in one line. */
export class NoClusterError extends Error {
  override readonly name = "NoClusterError";
}

/**
 * Credentials and address of the cluster: the Pod's ServiceAccount when run in one, else the files of KUBECONFIG, else
 * `~/.kube/config`.
 * @throws {NoClusterError} when none of these is there or the file cannot be used.
 */
export function loadKubeConfig(env: NodeJS.ProcessEnv): KubeConfig {
  const config = new KubeConfig();
  if (env["KUBERNETES_SERVICE_HOST"] && existsSync(IN_CLUSTER_TOKEN)) {
    config.loadFromCluster();
    return config;
  }
  const named = env["KUBECONFIG"];
  const files = named
    ? named.split(delimiter).filter((file) => file !== "")
    : [join(homedir(), ".kube", "config")];
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) {
    throw new NoClusterError(
      `no cluster: not running in one, and ${named ? `KUBECONFIG names no existing file (${named})` : "neither KUBECONFIG nor ~/.kube/config is there"}`,
    );
  }
  try {
    for (const file of present) {
      const part = new KubeConfig();
      part.loadFromFile(file);
      config.mergeConfig(part, Boolean(config.getCurrentContext())); // the first file decides, as kubectl has it
    }
  } catch (error) {
    throw new NoClusterError(
      `no cluster: cannot read ${present.join(delimiter)}: ${firstLine(error)}`,
      { cause: error },
    );
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new NoClusterError(
      `no cluster: ${present.join(delimiter)} has no current context that names a cluster`,
    );
  }
  if (!/^https?:$/.test(URL.parse(cluster.server)?.protocol ?? "")) {
    throw new NoClusterError(
      `no cluster: ${present.join(delimiter)}: server ${JSON.stringify(cluster.server)} of cluster ${cluster.name} is not a URL such as https://host:6443`,
    );
  }
  return config;
}

/** What a YAML parser says goes on over several lines, with the place drawn below. */
function firstLine(error: unknown): string {
  const message = messageOf(error);
  return message.split("\n", 1)[0] ?? "";
}

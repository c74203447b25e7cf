import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { Cluster } from "@kubernetes/client-node";
import { errorMessage } from "../contract/error-message.ts";
import { environmentProxy } from "./environment-proxy.ts";
import { KubeconfigError } from "./kubeconfig-files.ts";
import type { ClusterEntry } from "./kubeconfig-files.ts";

/** Under this name an entry holds settings for exec plugins. */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

/**
 * The cluster entry `name` for client-node. If it names no proxy, the proxy of the environment counts.
 * @throws {KubeconfigError} when the entry contradicts itself, or asks for what is not supported
 */
export function clusterOf(
  name: string,
  entry: ClusterEntry,
  env: NodeJS.ProcessEnv,
): Cluster {
  const reject = (problem: string): never => {
    throw new KubeconfigError(`cluster ${JSON.stringify(name)}: ${problem}`);
  };
  const url = serverUrl(entry.server ?? "", reject);
  const secure = url.protocol === "https:";
  const caFile = entry["certificate-authority"];
  const caData = entry["certificate-authority-data"];
  const skipTLSVerify = entry["insecure-skip-tls-verify"] === true;
  const tlsServerName = entry["tls-server-name"];
  if (caFile && caData)
    reject(
      "has certificate-authority and certificate-authority-data: keep one",
    );
  if (secure && skipTLSVerify && (caFile || caData))
    reject(
      "has insecure-skip-tls-verify and a certificate authority: keep one",
    );
  if (tlsServerName && isIP(tlsServerName) !== 0)
    reject(
      "tls-server-name is an address, which is not supported: name a host",
    );
  if (caFile || caData) checkAuthority(entry, reject);
  const proxyUrl = entry["proxy-url"] || environmentProxy(url, env);
  return {
    name,
    server: url.href.replace(/\/$/, ""),
    // client-node rejects plain HTTP unless TLS checks are off.
    skipTLSVerify: skipTLSVerify || !secure,
    ...(tlsServerName && { tlsServerName }),
    ...(caFile && { caFile }),
    ...(caData && { caData }),
    ...(proxyUrl && { proxyUrl: supportedProxy(proxyUrl, secure, reject) }),
  };
}

/** What an exec plugin gets to know about the cluster if it asks for it. */
export function clusterForPlugins(entry: ClusterEntry): object {
  const caFile = entry["certificate-authority"];
  return {
    server: entry.server,
    "tls-server-name": entry["tls-server-name"],
    "insecure-skip-tls-verify": entry["insecure-skip-tls-verify"],
    "certificate-authority-data": caFile
      ? readFileSync(caFile).toString("base64")
      : entry["certificate-authority-data"],
    "proxy-url": entry["proxy-url"],
    "disable-compression": entry["disable-compression"],
    config: entry.extensions?.find(({ name }) => name === EXEC_EXTENSION)
      ?.extension,
  };
}

function serverUrl(server: string, reject: (problem: string) => never): URL {
  const url = URL.parse(server);
  if (!url || !/^https?:$/.test(url.protocol))
    return reject(
      `server ${JSON.stringify(withoutCredentials(server))} is not a URL such as https://host:6443`,
    );
  if (url.username || url.password)
    reject("server holds credentials: they belong in the user entry");
  url.search = "";
  url.hash = "";
  return url;
}

/** The text before an @ may contain a password. */
function withoutCredentials(text: string): string {
  return text.replace(/[^/@]*@/g, "");
}

function checkAuthority(
  entry: ClusterEntry,
  reject: (problem: string) => never,
): void {
  const file = entry["certificate-authority"];
  const field = file ? "certificate-authority" : "certificate-authority-data";
  try {
    const pem = file
      ? readFileSync(file)
      : Buffer.from(entry["certificate-authority-data"] ?? "", "base64");
    // Node would ignore text that is not PEM, and then trust no server.
    if (!pem.includes("-----BEGIN CERTIFICATE-----"))
      throw new Error("it holds no certificate in PEM");
    void new X509Certificate(pem);
  } catch (error) {
    reject(
      `${field}${file ? ` ${file}` : ""} cannot be used: ${errorMessage(error)}`,
    );
  }
}

/** The proxy's URL in the form that client-node's agents read. It may contain a password, so messages never show it. */
export function supportedProxy(
  proxyUrl: string,
  secure: boolean,
  reject: (problem: string) => never,
): string {
  const url = URL.parse(proxyUrl);
  if (url?.protocol === "https:")
    reject(
      "a proxy that is reached by https is not supported: use one of http or socks5",
    );
  if (!url || !/^(http|socks5h?):$/.test(url.protocol))
    return reject(
      "its proxy is not a URL such as http://host:3128 or socks5://host:1080",
    );
  if (!secure)
    reject("a proxy before a server of http is not supported: use https");
  // In Go the proxy always looks up the host.
  return proxyUrl.replace(/^socks5:/i, "socks5h:");
}

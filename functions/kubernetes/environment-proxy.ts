import { BlockList, isIP } from "node:net";

/**
 * The proxy that the environment names for `server`, as Go's programs read it (golang.org/x/net/http/httpproxy): HTTPS_PROXY for
 * https, HTTP_PROXY for http, the names in upper case first, and none for what NO_PROXY names or for this machine itself.
 */
export function environmentProxy(
  server: URL,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const proxy = variable(
    env,
    server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY",
  );
  if (proxy === undefined) return undefined;
  const host = hostOf(server);
  if (host === "localhost" || isLoopback(host)) return undefined;
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  const spared = (variable(env, "NO_PROXY") ?? "")
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && spares(entry, host, port));
  if (spared) return undefined;
  return URL.parse(proxy)?.host ? proxy : `http://${proxy}`;
}

function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()] || undefined;
}

function hostOf({ hostname }: URL): string {
  return hostname.toLowerCase().replace(/^\[|\]$/g, "");
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") ? isIP(host) === 4 : host === "::1";
}

/** One entry of NO_PROXY: `*`, a network such as 10.0.0.0/8, or an address or domain with or without a port. */
function spares(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const network = /^([^/]+)\/(\d+)$/.exec(entry);
  if (network) return isInNetwork(host, network[1] ?? "", Number(network[2]));
  const {
    address = "",
    name = "",
    onlyPort,
  } = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:]*)):(?<onlyPort>\d+)$/.exec(entry)
    ?.groups ?? { name: entry.replace(/^\[|\]$/g, "") };
  const wanted = address || name;
  if (wanted === "" || (onlyPort !== undefined && onlyPort !== port))
    return false;
  if (isIP(wanted) !== 0) return wanted === host;
  const domain = wanted.replace(/^\*(?=\.)/, "");
  return domain.startsWith(".")
    ? host.endsWith(domain)
    : host === domain || host.endsWith(`.${domain}`);
}

function isInNetwork(host: string, network: string, prefix: number): boolean {
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  if (isIP(host) === 0 || isIP(host) !== isIP(network)) return false;
  if (prefix > (family === "ipv6" ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(host, family);
}

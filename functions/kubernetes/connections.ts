import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import type { Cluster } from "@kubernetes/client-node";

/**
 * Connections at once to the API server. In a burst of hundreds of Pods, requests wait here for milliseconds, which is less than
 * a TLS handshake takes. More connections would only wait in the API server's own queues.
 */
const MAX_CONNECTIONS = 64;

/**
 * Connections that stay open while no request uses them. A ReplicaSet creates its Pods in batches, 16, 32, 64 and so on, and waits
 * for each: between two batches all connections are idle for a moment. In a measurement, 20 batches of 32 needed 32 connections in
 * all; with a limit of 8 they needed 488, and three times the processor time. A higher limit keeps more connections that may be
 * dead.
 */
export const MAX_IDLE_CONNECTIONS = 32;

/**
 * How long a connection may be idle. Load balancers and address translators forget a connection after 60 s or more, mostly without
 * a sign: a request on it then gets no answer.
 */
const MAX_IDLE_MS = 30_000;

/** Without this limit, a proxy that accepts a connection and stays silent would keep the program running. */
const PROXY_TIMEOUT_MS = 10_000;

/** What identifies both sides of a TLS connection. */
type TlsOptions = Pick<
  https.RequestOptions,
  "ca" | "cert" | "key" | "rejectUnauthorized" | "servername"
>;

/** The connections to one API server. */
export interface Connections {
  /** The agent for requests with these credentials. Rejects when certificate or key cannot be used. */
  agentFor(options: https.RequestOptions): Promise<http.Agent>;
  /** Closes the connections that no request uses. Requests under way go on. */
  dropIdle(): void;
}

/**
 * Connections that are kept and used again, as long as the certificates stay the same. Through a proxy each request has a
 * connection of its own, made by client-node's agents.
 */
export function connectionsTo(
  cluster: Cluster,
  maxIdleMs = MAX_IDLE_MS,
): Connections {
  let direct: { readonly key: string; readonly agent: http.Agent } | undefined;
  let proxied: { readonly key: string; readonly agent: Promise<http.Agent> };

  return {
    async agentFor(options) {
      const { ca, cert, key, rejectUnauthorized, servername } = options;
      const wanted = { ca, cert, key, rejectUnauthorized, servername };
      const identity = Object.values(wanted).map(String).join("\n");
      if (cluster.proxyUrl) {
        if (proxied?.key !== identity)
          proxied = { key: identity, agent: proxyAgent(cluster, wanted) };
        return await proxied.agent;
      }
      if (direct?.key !== identity) {
        const agent = directAgent(cluster, wanted, maxIdleMs);
        if (direct) retire(direct.agent);
        direct = { key: identity, agent };
      }
      return direct.agent;
    },
    dropIdle() {
      if (direct) destroyIdle(direct.agent);
    },
  };
}

/** Requests that use the agent, or wait in its queue, get their answers. Their connections close after that. */
function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  destroyIdle(agent);
}

function destroyIdle({ freeSockets }: http.Agent): void {
  // A copy of the list, because each connection leaves it when it is destroyed.
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
}

function directAgent(
  { server }: Cluster,
  wanted: TlsOptions,
  maxIdleMs: number,
): http.Agent {
  const shared: http.AgentOptions = {
    keepAlive: true,
    maxSockets: MAX_CONNECTIONS,
    maxFreeSockets: MAX_IDLE_CONNECTIONS,
    // Uses the connection that was used last: its peer answered most recently. The others can become idle and close.
    scheduling: "lifo",
    // This closes idle connections only. Each request has a time-out of its own.
    timeout: maxIdleMs,
  };
  return server.startsWith("https:")
    ? new https.Agent({ ...shared, ...usable(wanted) })
    : new http.Agent(shared);
}

/** client-node keeps one proxy agent for ever, also when the certificates change. A new configuration gets a new agent. */
async function proxyAgent(
  { name, server, proxyUrl = "" }: Cluster,
  wanted: TlsOptions,
): Promise<http.Agent> {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name,
      server,
      proxyUrl,
      skipTLSVerify: wanted.rejectUnauthorized === false,
    },
    { name },
  );
  const options: https.RequestOptions = usable(wanted);
  // A SOCKS agent would also apply the time-out to answers. It has a limit of its own for the handshake.
  if (!proxyUrl.startsWith("socks")) options.timeout = PROXY_TIMEOUT_MS;
  await config.applyToHTTPSOptions(options);
  return options.agent as http.Agent;
}

/** The options without undefined ones. Throws when they cannot be used: here the error can name the credentials. */
function usable(wanted: TlsOptions): TlsOptions {
  // Go trusts the machine's certificates if none are named. Node would trust only its own.
  const ca = wanted.ca ?? machineCertificates();
  const options = Object.fromEntries(
    Object.entries({ ...wanted, ca }).filter(([, part]) => part !== undefined),
  );
  tls.createSecureContext(options);
  return options;
}

function machineCertificates(): string[] {
  return [
    ...new Set([
      ...tls.getCACertificates("default"),
      ...tls.getCACertificates("system"),
    ]),
  ];
}

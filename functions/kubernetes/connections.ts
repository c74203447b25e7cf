import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import type { Cluster } from "@kubernetes/client-node";

/**
 * Connections at once to the API server. A burst of hundreds of Pods waits here for milliseconds instead of paying a
 * TLS handshake each; more would only queue in the API server's own fair queuing.
 */
const MAX_CONNECTIONS = 64;

/**
 * Connections that stay open while no request uses them. A ReplicaSet makes its Pods in batches, 16, 32, 64 and so on, and waits for each:
 * between two of them all connections are idle for a moment. Measured with 20 batches of 32: 32 connections in all, with a limit of 8
 * it took 488 and three times the processor's time. Each idle connection more is one more that may have lost its peer unnoticed.
 */
export const MAX_IDLE_CONNECTIONS = 32;

/**
 * How long a connection may be idle. Load balancers and address translators forget one after 60 s or more, and most of them do so
 * silently: what is sent on such a connection gets no answer.
 */
const MAX_IDLE_MS = 30_000;

/** A proxy that takes a connection and says nothing would keep the program from ending. */
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
  // A copy, since each that is destroyed leaves its list.
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
    // The connection used last is the one whose peer was there last, and the others may grow old and close.
    scheduling: "lifo",
    // Closes idle connections only: a request has its own time-out, which its caller knows.
    timeout: maxIdleMs,
  };
  return server.startsWith("https:")
    ? new https.Agent({ ...shared, ...usable(wanted) })
    : new http.Agent(shared);
}

/** client-node keeps one proxy agent for ever, whatever becomes of the certificates: a new configuration has a new one. */
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
  // To a SOCKS agent the time-out would be one for answers, too. Its handshake is bounded by itself.
  if (!proxyUrl.startsWith("socks")) options.timeout = PROXY_TIMEOUT_MS;
  await config.applyToHTTPSOptions(options);
  return options.agent as http.Agent;
}

/** What was given, and nothing that is undefined. Throws when it cannot be used: here the error can name the credentials. */
function usable(wanted: TlsOptions): TlsOptions {
  // Go trusts the machine's certificates where none are named; Node alone would trust its own only.
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

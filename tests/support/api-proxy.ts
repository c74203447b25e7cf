import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import {
  type Fault,
  needsWholeAnswer,
  type ProxiedRequest,
  statusObject,
} from "./fault.ts";
import { listening } from "../control-plane/free-port.ts";

/** One request that came, in the order of arrival. */
export interface RecordedRequest extends ProxiedRequest {
  /** The status that the client got; `undefined` while it has no answer. */
  status: number | undefined;
  /** What the API server answered; `undefined` if it was not asked or has not answered. */
  upstreamStatus: number | undefined;
}

/** An HTTPS proxy in front of the API server that lets requests fail the way networks and busy servers do. */
export interface ApiProxy {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** A kubeconfig file that goes through the proxy with this bearer token; client certificates do not pass it. */
  kubeconfigFor(token: string): string;
  /**
   * Applies `fault` to the next `times` requests that match. Where several match, the earliest with times left counts.
   * Returns how often it was applied so far.
   */
  intercept(
    match: (request: ProxiedRequest) => boolean,
    fault: Fault,
    times?: number,
  ): { readonly hits: number };
  /** Forgets faults and requests, and closes connections that hang. */
  reset(): void;
  stop(): Promise<void>;
}

interface Interception {
  readonly match: (request: ProxiedRequest) => boolean;
  readonly fault: Fault;
  readonly times: number;
  hits: number;
}

/** Headers between two neighbours; the proxy is a neighbour of its own to both sides. */
const hopByHop = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

export async function startApiProxy(
  controlPlane: Pick<
    ControlPlane,
    "server" | "caPem" | "certificate" | "kubeconfigFor"
  >,
): Promise<ApiProxy> {
  const { cert, key } = await controlPlane.certificate(["127.0.0.1"]);
  const agent = new Agent({ ca: controlPlane.caPem, keepAlive: true });
  const requests: RecordedRequest[] = [];
  let interceptions: Interception[] = [];
  let hanging: ServerResponse[] = [];

  const faultFor = (request: ProxiedRequest): Fault => {
    const found = interceptions.find(
      ({ match, hits, times }) => hits < times && match(request),
    );
    if (found === undefined) return {};
    found.hits += 1;
    return found.fault;
  };

  /** Resolves with the answer's head; the body is still to be read. */
  const forward = async (
    incoming: IncomingMessage,
    wholeAnswer: boolean,
  ): Promise<IncomingMessage> => {
    const headers = withoutHopByHop(incoming.headers);
    // A compressed body could not be parsed here.
    if (wholeAnswer) delete headers["accept-encoding"];
    const upstream = httpsRequest(`${controlPlane.server}${incoming.url}`, {
      method: incoming.method,
      headers,
      agent,
    });
    const answered = once(upstream, "response") as Promise<[IncomingMessage]>;
    // Errors after the head show in the answer's stream.
    upstream.on("error", () => undefined);
    incoming.pipe(upstream);
    const [answer] = await answered;
    return answer;
  };

  const handle = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> => {
    const url = new URL(incoming.url ?? "/", controlPlane.server);
    const record: RecordedRequest = {
      method: incoming.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      accept: incoming.headers.accept,
      status: undefined,
      upstreamStatus: undefined,
    };
    requests.push(record);
    const fault = faultFor(record);

    if (fault.delayMs !== undefined) await sleep(fault.delayMs);
    await fault.before?.(record);
    if (fault.resetBefore === true || outgoing.destroyed) {
      outgoing.destroy();
      return;
    }
    if (fault.hang === true) {
      hanging.push(outgoing);
      return;
    }
    if (fault.status !== undefined) {
      record.status = fault.status;
      const body =
        fault.body ?? statusObject(fault.status, "injected by the test");
      outgoing.writeHead(fault.status, {
        "content-type": "application/json",
        ...fault.headers,
      });
      outgoing.end(JSON.stringify(body));
      return;
    }

    const wholeAnswer = needsWholeAnswer(fault);
    const answer = await forward(incoming, wholeAnswer);
    const status = answer.statusCode ?? 502;
    record.upstreamStatus = status;
    const headers = withoutHopByHop(answer.headers);
    if (!wholeAnswer) {
      record.status = status;
      outgoing.writeHead(status, headers);
      outgoing.flushHeaders();
      // Ends a watch at the API server, too, when the client goes away.
      await pipeline(answer, outgoing);
      return;
    }
    let bytes = await buffer(answer);
    const body = parseJson(bytes);
    await fault.after?.({ status, body }, record);
    if (fault.resetAfterWrite === true) {
      outgoing.destroy();
      return;
    }
    if (fault.rewrite !== undefined) {
      bytes = Buffer.from(JSON.stringify(fault.rewrite(body)));
    }
    record.status = status;
    outgoing.writeHead(status, { ...headers, "content-length": bytes.length });
    outgoing.end(bytes);
  };

  const server = createServer({ cert, key }, (incoming, outgoing) => {
    // Either side has gone away, or a fault's own code has thrown: the client sees a broken connection.
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const url = `https://127.0.0.1:${await listening(server)}`;

  return {
    url,
    requests,
    kubeconfigFor: (token) =>
      controlPlane.kubeconfigFor(token, { server: url }),
    intercept(match, fault, times = Infinity) {
      const interception: Interception = { match, fault, times, hits: 0 };
      interceptions.push(interception);
      return interception;
    },
    reset() {
      interceptions = [];
      requests.length = 0;
      for (const response of hanging) response.destroy();
      hanging = [];
    },
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

function withoutHopByHop(
  headers: NodeJS.Dict<string | string[]>,
): NodeJS.Dict<string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name)),
  );
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../message-of.ts";
import { readWarnings } from "./warning-header.ts";

/**
 * Connections kept open to the API server. A burst of hundreds of Pods waits here for milliseconds instead of paying a
 * TLS handshake each; more would only queue in the API server's own fair queuing.
 */
const MAX_CONNECTIONS = 64;

/** One request to the API server. `path` starts with `/api`, its variable parts already URI-encoded. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Media type of `body`, `application/json` unless given. */
  readonly contentType?: string;
  readonly accept?: string;
  /** Milliseconds from now until the whole answer must be there. */
  readonly timeoutMs: number;
}

/** A 2xx answer: the decoded JSON, or the text where it is not JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** The API server's clock when it answered, milliseconds since the epoch; its resolution is one second. */
  readonly serverTime: number | undefined;
  /** What the API server says about the request to the person who made it. */
  readonly warnings?: readonly string[];
}

/** Sends one request; never repeats it, since only the caller knows whether that is safe. */
export type ApiServer = (request: ApiRequest) => Promise<ApiAnswer>;

/** The API server answered, and it was no. Nothing was written unless `status` is 500 or more. */
export class ApiStatusError extends Error {
  override readonly name = "ApiStatusError";
  readonly status: number;
  /** Machine-readable reason of the Status object, such as `Forbidden` or `AlreadyExists`. */
  readonly reason: string | undefined;
  /** Seconds the server asks us to wait. */
  readonly retryAfterSeconds: number | undefined;
  /** Machine-readable causes of the Status object, such as `NamespaceTerminating`. */
  readonly causes: readonly string[];

  constructor(
    status: number,
    message: string,
    details: {
      reason?: string | undefined;
      retryAfterSeconds?: number | undefined;
      causes?: readonly string[];
    } = {},
  ) {
    super(message);
    this.status = status;
    this.reason = details.reason;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.causes = details.causes ?? [];
  }
}

/** No answer came: refused, reset or timed out. A write may or may not have been done. */
export class ApiUnreachableError extends Error {
  override readonly name = "ApiUnreachableError";
}

/**
 * The API server of `config`'s current context, over connections that are kept.
 *
 * client-node loads and refreshes the credentials; the requests are made here, because its generated clients open a
 * new TLS connection for every request, drop the fields of a claim that are newer than themselves, and hide the Date header.
 */
export function connectApiServer(
  config: KubeConfig,
  userAgent: string,
): ApiServer {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new TypeError("the kubeconfig has no current cluster");
  const base = new URL(cluster.server);
  let kept: { key: string; agent: http.Agent } | undefined;

  /** Own agent, renewed when a credential file was rotated; behind a proxy the one that client-node made and keeps. */
  function agentFor(options: https.RequestOptions): http.Agent {
    if (cluster?.proxyUrl && options.agent instanceof http.Agent)
      return options.agent;
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const wanted = [ca, cert, key, servername, rejectUnauthorized]
      .map(String)
      .join("\n");
    if (kept?.key !== wanted) {
      kept?.agent.destroy();
      const shared = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
      const tls = Object.fromEntries(
        Object.entries({
          ca,
          cert,
          key,
          servername,
          rejectUnauthorized,
        }).filter(([, part]) => part !== undefined),
      );
      kept = {
        key: wanted,
        agent:
          base.protocol === "https:"
            ? new https.Agent({ ...shared, ...tls })
            : new http.Agent(shared),
      };
    }
    return kept.agent;
  }

  return async (request) => {
    const options: https.RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new ApiUnreachableError(
        `cannot use the credentials: ${messageOf(error)}`,
        { cause: error },
      );
    }
    const url = new URL(base.pathname.replace(/\/$/, "") + request.path, base);
    for (const [name, value] of Object.entries(request.query ?? {}))
      url.searchParams.set(name, value);
    const body =
      request.body === undefined
        ? undefined
        : Buffer.from(JSON.stringify(request.body));
    const headers: http.OutgoingHttpHeaders = {
      accept: request.accept ?? "application/json",
      "user-agent": userAgent,
    };
    for (const [name, value] of Object.entries(options.headers ?? {}))
      headers[name.toLowerCase()] = value;
    if (body) {
      headers["content-type"] = request.contentType ?? "application/json";
      headers["content-length"] = body.length;
    }
    const answer = await send(
      url,
      {
        method: request.method,
        headers,
        auth: options.auth,
        agent: agentFor(options),
        signal: AbortSignal.timeout(Math.ceil(request.timeoutMs)),
      },
      body,
    );
    return decode(answer);
  };
}

interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

function send(
  url: URL,
  options: https.RequestOptions,
  body: Buffer | undefined,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const why =
        error.name === "AbortError" || error.name === "TimeoutError"
          ? "no answer in time"
          : error.message || error.name;
      reject(
        new ApiUnreachableError(
          `${options.method} ${url.origin}${url.pathname}: ${why}`,
          { cause: error },
        ),
      );
    };
    const outgoing = (url.protocol === "https:" ? https : http).request(
      url,
      options,
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", fail);
        incoming.on("end", () => {
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          });
        });
      },
    );
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}

function decode({ status, headers, text }: RawAnswer): ApiAnswer {
  const json = headers["content-type"]?.startsWith("application/json")
    ? parseJson(text)
    : undefined;
  if (status >= 200 && status < 300) {
    const date = Date.parse(headers.date ?? "");
    return {
      status,
      body: json ?? text,
      serverTime: Number.isNaN(date) ? undefined : date,
      warnings: readWarnings(headers["warning"]),
    };
  }
  const { message, reason, details } = (json ?? {}) as {
    message?: string;
    reason?: string;
    details?: { retryAfterSeconds?: number; causes?: { reason?: string }[] };
  };
  const asked = Number(headers["retry-after"] ?? details?.retryAfterSeconds);
  throw new ApiStatusError(
    status,
    message ?? (text.trim().slice(0, 200) || `HTTP ${status}`),
    {
      reason,
      retryAfterSeconds: Number.isFinite(asked) ? asked : undefined,
      causes: (details?.causes ?? []).flatMap((cause) => cause.reason ?? []),
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiUnreachableError(
      "the API server's answer was cut short: not valid JSON",
    );
  }
}

import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { errorMessage } from "../contract/error-message.ts";
import { connectionsTo } from "./connections.ts";
import { readWarnings } from "./warning-header.ts";

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
  /**
   * Called right before the request is sent. If it returns false, nothing is sent and the request rejects with a NotSentError: the
   * request may have waited so long for a connection or for credentials that the reason for it is out of date.
   */
  readonly stillWanted?: () => boolean;
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

/** The API server answered with an error. Nothing was written unless `status` is 500 or more. */
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

/** The request was not sent: it was no longer wanted. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}

/** No answer came: the connection was refused or reset, or the request timed out. A write may or may not have been done. */
export class ApiUnreachableError extends Error {
  override readonly name = "ApiUnreachableError";
}

/**
 * The API server of `config`'s current context, over connections that are kept. `onUnauthorized` is called after each 401, so that
 * credentials can be renewed before the next request.
 *
 * client-node loads and refreshes the credentials; the requests are made here, because its generated clients open a
 * new TLS connection for every request, drop the fields of a claim that are newer than themselves, and hide the Date header.
 */
export function connectApiServer(
  config: KubeConfig,
  userAgent: string,
  onUnauthorized: () => void = () => undefined,
): ApiServer {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new TypeError("the kubeconfig has no current cluster");
  const base = new URL(cluster.server);
  const connections = connectionsTo(cluster);

  return (request) =>
    within(request.timeoutMs, (signal) => answerTo(request, signal));

  async function answerTo(
    request: ApiRequest,
    signal: AbortSignal,
  ): Promise<ApiAnswer> {
    const { agent, options } = await credentials(signal);
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
    if (request.stillWanted?.() === false)
      throw new NotSentError(
        `${request.method} ${request.path}: not wanted any more`,
      );
    const answer = await send(
      url,
      {
        method: request.method,
        headers,
        auth: options.auth,
        agent,
        signal,
      },
      body,
    ).catch((error: unknown) => {
      // If one peer does not answer, the peers of the idle connections may not either: the next try must not use one of them.
      connections.dropIdle();
      throw error;
    });
    if (answer.status === 401) onUnauthorized();
    return decode(answer);
  }

  async function credentials(signal: AbortSignal) {
    const options: https.RequestOptions = {};
    try {
      await beforeAbort(config.applyToHTTPSOptions(options), signal);
      return { options, agent: await connections.agentFor(options) };
    } catch (error) {
      throw new ApiUnreachableError(
        `cannot use the credentials: ${errorMessage(error)}`,
        { cause: error },
      );
    }
  }
}

/** Aborts `work` after so many milliseconds. AbortSignal.timeout would keep all that listens to it until then, also when the work has ended. */
async function within<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.ceil(timeoutMs));
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for `promise` until `signal` aborts. The work behind `promise` goes on; its result may serve the next request. */
async function beforeAbort(
  promise: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(new Error("no answer in time"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
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
        error.name === "AbortError"
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
    // A request without a connection, in the agent's queue or behind a proxy, would report the abort only when it gets one.
    options.signal?.addEventListener(
      "abort",
      () => fail(options.signal?.reason as Error),
      { once: true },
    );
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

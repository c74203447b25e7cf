/** A request as the proxy sees it. */
export interface ProxiedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The media types the client takes, as in the header of that name; `undefined` if it named none. */
  readonly accept: string | undefined;
}

/** What the API server answered. */
export interface UpstreamAnswer {
  readonly status: number;
  /** The parsed JSON, or `undefined` if the body is none. */
  readonly body: unknown;
}

/**
 * What goes wrong with a request. Several may be combined; they take effect in the order in which they are listed
 * here, which is the order of a request's life.
 */
export interface Fault {
  /** Waits before anything else. The request of a client that gives up meanwhile is lost. */
  readonly delayMs?: number;
  /** Runs, and is awaited, before the request goes on. */
  readonly before?: (request: ProxiedRequest) => unknown;
  /** Closes the client's connection; the API server never sees the request. */
  readonly resetBefore?: boolean;
  /** Never answers; the API server never sees the request. */
  readonly hang?: boolean;
  /** Answers with this status; the API server never sees the request. */
  readonly status?: number;
  /** Headers for `status`, such as `{ "retry-after": "1" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body for `status`; a Kubernetes Status of that code by default. */
  readonly body?: unknown;
  /** Runs, and is awaited, when the API server has answered and the client knows nothing of it yet. */
  readonly after?: (answer: UpstreamAnswer, request: ProxiedRequest) => unknown;
  /** Closes the client's connection after the API server has done the work. */
  readonly resetAfterWrite?: boolean;
  /** Replaces the JSON body of the API server's answer. */
  readonly rewrite?: (body: unknown) => unknown;
}

/** True if the answer has to be complete before the client gets any of it, which a watch's never is. */
export function needsWholeAnswer(fault: Fault): boolean {
  return (
    fault.after !== undefined ||
    fault.rewrite !== undefined ||
    fault.resetAfterWrite === true
  );
}

/** The body that a Kubernetes API gives with an error status. */
export function statusObject(code: number, message: string): unknown {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    code,
  };
}

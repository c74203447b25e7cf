import express from "express";
import type {
  ErrorRequestHandler,
  Express,
  Request,
  RequestHandler,
  Response,
} from "express";
import { timeForWork } from "../admission/deadline.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { maxInFlight } from "../admission/max-in-flight.ts";
import type { Limits } from "../admission/max-in-flight.ts";
import { complete, errored } from "../admission/response.ts";
import type { AdmissionResponse } from "../admission/response.ts";
import { parseReview } from "../admission/review.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";
import { readReviewBody } from "./review-body.ts";
import { WEBHOOK_PATH } from "../contract/keys.ts";
import { isAccepted, webhookPath } from "../contract/token.ts";
import type { AcceptedTokens } from "./token-file.ts";

/** Ports of the HTTP side. */
export interface ServerPorts {
  readonly handler: AdmissionHandler;
  readonly ready: Readiness;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** When given, only `/mutate/<token>` is served, for each of the tokens. */
  readonly tokens?: AcceptedTokens;
  /** For all admissions under way; without it, the defaults. */
  readonly limits?: Limits;
}

/** The express application. It does not listen. */
export function createServer({
  handler,
  limits,
  log,
  metrics,
  ready,
  tokens,
}: ServerPorts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");

  // Reject forwarded requests: only the kubelet and Prometheus call these, and both call the Pod itself.
  app.use(["/healthz", "/readyz", "/metrics"], (request, response, next) => {
    if (request.headers["x-forwarded-for"] === undefined) next();
    else notFound(request, response, next);
  });
  app.get("/healthz", (_request, response) => {
    response.type("text/plain").send("ok\n");
  });
  app.get("/readyz", async (_request, response) => {
    const problem = await ready();
    response
      .status(problem === undefined ? 200 : 503)
      .type("text/plain")
      .send(`${problem ?? "ok"}\n`);
  });
  app.get("/metrics", async (_request, response) => {
    response
      .set("Content-Type", metrics.contentType)
      .send(await metrics.text());
  });

  const readBody = readReviewBody({
    maxInFlight: maxInFlight(limits),
    timeLeft: (response) => clockOf(response).deadline - performance.now(),
    reject: fail,
    shed: (shortage) => {
      metrics.shed(shortage);
      log.warn("call rejected for now", { shortage });
    },
  });
  const guards = tokens === undefined ? [] : [requireToken(tokens)];
  const mutate: RequestHandler = async (request, response) => {
    await serveReview(request, response);
  };
  app
    .route(tokens === undefined ? WEBHOOK_PATH : webhookPath(":token"))
    .all(startClock, ...guards, requirePost)
    .post(requireJson, ...readBody, mutate);
  app.use(notFound);
  app.use(reportFailure(log));
  return app;

  async function serveReview(
    request: Request,
    response: Response,
  ): Promise<void> {
    const { deadline, start } = clockOf(response);
    const parsed = parseReview(request.body);
    if (parsed.kind === "invalid") {
      log.warn("not an AdmissionReview", { problems: parsed.problems });
      fail(
        response,
        400,
        `not an AdmissionReview of admission.k8s.io/v1: ${parsed.problems.join("; ")}`,
      );
      return;
    }
    metrics.started();
    const answer = await answerOf(parsed.request, deadline);
    const seconds = (performance.now() - start) / 1_000;
    const outcome = outcomeOf(answer);
    metrics.answered(outcome, seconds);
    if (answer.pool) metrics.asked(answer.pool.outcome, answer.pool.reason);
    log[answer.allowed ? "info" : "warn"](
      "admission",
      describe(parsed.request, answer, outcome, seconds),
    );
    response.json(complete(parsed.request.uid, answer));
  }

  /** Answers even a fault of our own with a review, so that the person at kubectl reads a message and not a status line. */
  async function answerOf(
    request: AdmissionRequest,
    deadline: number,
  ): Promise<AdmissionResponse> {
    try {
      return await handler(request, deadline);
    } catch (error) {
      log.error("admission failed", {
        uid: request.uid,
        error: error instanceof Error ? error.stack : String(error),
      });
      return errored(
        500,
        "InternalError",
        "stateful-deployments failed on this Pod; its log has the details",
      );
    }
  }
}

/** When a request came and when its answer must be there, in milliseconds of `performance.now()`. */
interface Clock {
  readonly start: number;
  readonly deadline: number;
}

/** The time-out of the API server begins when it sends the request, so the time for the body counts too. */
const startClock: RequestHandler = (request, response, next) => {
  const start = performance.now();
  const deadline = start + timeForWork(request.query["timeout"]);
  response.locals["clock"] = { start, deadline } satisfies Clock;
  next();
};

function clockOf(response: Response): Clock {
  return response.locals["clock"] as Clock;
}

function requireToken(tokens: AcceptedTokens): RequestHandler {
  return (request, response, next) => {
    if (isAccepted(tokens(), String(request.params["token"]))) next();
    else notFound(request, response, next);
  };
}

const requirePost: RequestHandler = (request, response, next) => {
  if (request.method === "POST") next();
  else
    fail(
      response.set("Allow", "POST"),
      405,
      `${request.method} is not allowed here; the API server sends POST`,
    );
};

const requireJson: RequestHandler = (request, response, next) => {
  // Not request.is(): that rejects every type when there is no body.
  const type = request.headers["content-type"] ?? "";
  if (/^application\/json\s*(;|$)/i.test(type)) next();
  else
    fail(
      response,
      415,
      `Content-Type ${JSON.stringify(type)} is not supported; send application/json`,
    );
};

/** Answers the same for an unknown path and for a wrong token. */
const notFound: RequestHandler = (_request, response) => {
  fail(response, 404, "not found");
};

/**
 * Errors of express carry a status of their own; all others are ours. An error can also come after the answer has begun, for
 * example when the rest of a body comes after its time. Then there is no second answer, and half an answer ends with its connection.
 */
export function reportFailure(log: Logger): ErrorRequestHandler {
  return (
    error: { status?: number; message?: string },
    _request,
    response,
    _next,
  ) => {
    const status = error.status ?? 500;
    if (status >= 500) log.error("request failed", { error: error.message });
    if (response.headersSent) {
      if (!response.writableEnded) response.destroy();
      return;
    }
    fail(
      response,
      status,
      status >= 500 ? "internal error" : (error.message ?? "bad request"),
    );
  };
}

function fail(response: Response, status: number, error: string): void {
  response.status(status).json({ error });
}

function outcomeOf({
  allowed,
  code,
  patch,
}: AdmissionResponse): "patched" | "allowed" | "denied" | "errored" {
  if (allowed) return patch ? "patched" : "allowed";
  return code === 422 ? "denied" : "errored";
}

function describe(
  { dryRun, namespace, object, uid }: AdmissionRequest,
  answer: AdmissionResponse,
  outcome: string,
  seconds: number,
): Record<string, unknown> {
  const pod = object?.metadata?.name ?? object?.metadata?.generateName;
  return {
    uid,
    namespace,
    pod,
    ...(dryRun && { dryRun }),
    outcome,
    reason: answer.reason,
    ...(answer.code !== undefined && { code: answer.code }),
    ...(answer.pool && { pool: answer.pool }),
    ms: Math.round(seconds * 1_000),
  };
}

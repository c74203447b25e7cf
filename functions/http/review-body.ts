import express from "express";
import type {
  ErrorRequestHandler,
  Request,
  RequestHandler,
  Response,
} from "express";
import type {
  MaxInFlight,
  Place,
  Shortage,
} from "../admission/max-in-flight.ts";

/**
 * The API server accepts no request body over 3 MiB (MaxRequestBodyBytes of k8s.io/apiserver), but its review can be six times
 * as large: its JSON writes `<`, `>`, `&` and control characters as `\u003c` and the like. The rest is for what the review
 * adds to the Pod: defaults, user, groups, options.
 */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** Memory for each byte of a body: the byte, its copy in one piece or as text, and the text in the parsed value. */
const COPIES = 3;

/**
 * Bytes that V8 needs for the value behind each of these characters of JSON, besides its text: an empty object takes 64, an
 * empty list 40, a string 24, a member of a large object up to 88 while the object grows. Measured: a body of `{},{},{}` takes 21
 * times its size.
 */
const BYTES_OF_PARTS: Readonly<Record<string, number>> = {
  "{": 64,
  "[": 40,
  '"': 12,
  ":": 88,
  ",": 8,
};
const bytesOfCharacter = Uint8Array.from(
  { length: 256 },
  (_, code) => BYTES_OF_PARTS[String.fromCharCode(code)] ?? 0,
);

/**
 * Milliseconds for a whole body. The API server has the whole body and sends it at once; a slow client would hold memory that
 * others need. Twenty-five of the largest at once have taken five seconds on a busy machine. On one that is busier
 * still, the API server sends the call again.
 */
const BODY_TIME_MS = 10_000;

/** The API server sends a call without room again after this many seconds. */
const RETRY_AFTER_SECONDS = 1;

/** Ports of `readReviewBody`. */
export interface BodyPorts {
  readonly maxInFlight: MaxInFlight;
  /** Milliseconds from now until the answer must be there. */
  readonly timeLeft: (response: Response) => number;
  /** Answers with an HTTP status and a message, and stops reading. */
  readonly reject: (response: Response, status: number, error: string) => void;
  /** Called when a call gets 429 because `shortage` was missing. The API server sends the call again. */
  readonly shed: (shortage: Shortage | "time") => void;
}

/** Other bodies hold the memory. The body parser drops the rest of the request and passes this on. */
class NoRoomError extends Error {
  override readonly name = "NoRoomError";
  readonly status = 429;
}

/** This body alone would need more memory than there is for all. */
class TooManyPartsError extends Error {
  override readonly name = "TooManyPartsError";
  readonly status = 413;
}

/**
 * Reads the JSON of a review into `request.body`. It reserves the memory before it reads the first byte, and keeps it until the
 * answer is sent. Counting only after reading would be too late.
 */
export function readReviewBody({
  maxInFlight,
  reject,
  shed,
  timeLeft,
}: BodyPorts): (RequestHandler | ErrorRequestHandler)[] {
  const places = new WeakMap<object, Place>();

  const enter: RequestHandler = (request, response, next) => {
    const length = declaredLength(request);
    if (length !== undefined && length > MAX_BODY_BYTES) {
      reject(response, 413, TOO_LARGE);
      return;
    }
    const place = maxInFlight.enter((length ?? 0) * COPIES);
    if (typeof place === "string") {
      // If the connection stays open, Node reads the rest of the body and drops it. If it closes, a client that still writes might
      // not read the answer: then the body is read and dropped first.
      if (response.shouldKeepAlive && !response.hasHeader("Connection"))
        turnAway(response, place);
      else {
        limitTime(request, response);
        request
          .once("end", () => {
            if (!response.headersSent) turnAway(response, place);
          })
          .resume();
      }
      return;
    }
    places.set(request, place);
    response.once("close", place.leave);
    limitTime(request, response);
    if (length === undefined) countChunks(request, place);
    next();
  };

  function limitTime(request: Request, response: Response): void {
    const tooSlow = setTimeout(
      () => {
        response.once("finish", () => request.destroy());
        turnAway(response.set("Connection", "close"), "time");
      },
      Math.max(0, Math.min(BODY_TIME_MS, timeLeft(response))),
    );
    const inTime = (): void => clearTimeout(tooSlow);
    request.once("end", inTime);
    response.once("close", inTime);
  }

  const parse = express.json({
    limit: MAX_BODY_BYTES,
    strict: false,
    // A compressed body would be far larger than its declared size. The API server does not compress.
    inflate: false,
    verify(request, _response, body) {
      const parts = bytesOfParts(body);
      if (body.length * COPIES + parts > maxInFlight.limits.memory)
        throw new TooManyPartsError();
      if (places.get(request)?.grow(parts) === false) throw new NoRoomError();
    },
  });

  /** The parser's own errors have a type. */
  const explain: ErrorRequestHandler = (
    error: { type?: string; message?: string },
    request,
    response,
    next,
  ) => {
    // The body was too slow: the call is answered already.
    if (response.headersSent) return;
    if (error instanceof NoRoomError) turnAway(response, "memory");
    else if (error instanceof TooManyPartsError)
      reject(response, 413, TOO_MANY_PARTS);
    else if (error.type === "entity.too.large")
      reject(response, 413, TOO_LARGE);
    else if (error.type === "entity.parse.failed")
      reject(response, 400, `the body is not valid JSON: ${error.message}`);
    else if (error.type === "encoding.unsupported")
      reject(
        response,
        415,
        `Content-Encoding ${JSON.stringify(request.headers["content-encoding"])} is not supported; send the body as it is`,
      );
    else next(error);
  };

  /**
   * No work has begun, so the call may be sent again. The client of the API server does so, ten times at most and within the
   * time-out of the webhook: https://pkg.go.dev/k8s.io/client-go/rest#Request.MaxRetries
   */
  function turnAway(response: Response, shortage: Shortage | "time"): void {
    shed(shortage);
    response
      .status(429)
      .set("Retry-After", String(RETRY_AFTER_SECONDS))
      // The API server reads a message in this form and shows it when it gives up.
      .json({
        apiVersion: "v1",
        kind: "Status",
        status: "Failure",
        reason: "TooManyRequests",
        code: 429,
        message: BUSY[shortage],
      });
  }

  return [enter, parse, explain];
}

const TOO_LARGE = `the body is larger than ${MAX_BODY_BYTES} bytes`;
const TOO_MANY_PARTS =
  "the body has more objects, lists and strings than fit into memory";
const BUSY: Readonly<Record<Shortage | "time", string>> = {
  requests:
    "stateful-deployments already works on the maximum number of Pods; create the Pod again",
  memory:
    "the Pods that stateful-deployments works on use all of its memory for Pods; create the Pod again",
  time: "the review did not reach stateful-deployments in time; create the Pod again",
};

/** The size of the body in bytes, as the request declares it; undefined for a body in chunks. */
function declaredLength({ headers }: Request): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  return Number(headers["content-length"] ?? 0);
}

/** Takes room for a body of unknown size while it arrives. */
function countChunks(request: Request, place: Place): void {
  const count = (chunk: Buffer): void => {
    if (place.grow(chunk.length * COPIES)) return;
    request.off("data", count);
    // The body parser listens to this. It drops the body and passes the error on.
    request.emit("error", new NoRoomError());
  };
  request.on("data", count);
}

/** Bytes of memory for the parts of a JSON value, at most. */
function bytesOfParts(body: Buffer): number {
  let bytes = 0;
  for (const byte of body) bytes += bytesOfCharacter[byte] ?? 0;
  return bytes;
}

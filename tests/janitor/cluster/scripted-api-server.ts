import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type {
  ApiRequest,
  ApiServer,
} from "../../../functions/kubernetes/api-server.ts";
import { NOW } from "../objects.ts";

/** An answer of the script: a body, or an error to throw; a function may look at the request. */
export type Scripted = unknown;

/** An API server that gives these answers, one for each request, and remembers the requests. A body comes with the Date `NOW`. */
export function scriptedApiServer(...answers: Scripted[]): {
  api: ApiServer;
  requests: ApiRequest[];
} {
  const requests: ApiRequest[] = [];
  const api: ApiServer = (request) => {
    const answer = answers[requests.length];
    requests.push(request);
    if (answer instanceof Error) return Promise.reject(answer);
    if (answer === undefined)
      return Promise.reject(
        new TypeError(`no answer was scripted for ${request.path}`),
      );
    return Promise.resolve({ status: 200, body: answer, serverTime: NOW });
  };
  return { api, requests };
}

export const expired = new ApiStatusError(410, "the continue token is too old");
/** The server's data lags behind a resourceVersion that it has said before, as kube-apiserver answers. */
export const lagging = new ApiStatusError(
  504,
  "Timeout: Too large resource version: 42, current: 41",
  {
    reason: "Timeout",
    retryAfterSeconds: 1,
    causes: ["ResourceVersionTooLarge"],
  },
);
export const timedOut = new ApiStatusError(504, "the request took too long", {
  reason: "Timeout",
});
export const broken = new ApiStatusError(500, "etcd is not there");
export const unreachable = new ApiUnreachableError("no answer in time");
export const forbidden = new ApiStatusError(403, "may not list pods");

export function busy(retryAfterSeconds?: number): ApiStatusError {
  return new ApiStatusError(429, "too many requests", { retryAfterSeconds });
}

/** A sleep that takes no time, and how long each would have been, in milliseconds. */
export function recordedSleep(): {
  sleep: (milliseconds: number) => Promise<void>;
  slept: number[];
} {
  const slept: number[] = [];
  return {
    slept,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      return Promise.resolve();
    },
  };
}

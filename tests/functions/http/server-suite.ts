import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { allowed } from "../../../functions/admission/response.ts";
import type { AdmissionResponse } from "../../../functions/admission/response.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { createMetrics } from "../../../functions/http/metrics.ts";
import { createServer } from "../../../functions/http/server.ts";
import { aPod, aRequest, aReview } from "../../support/builders.ts";

/** What the path of reviews ends with. */
export const TOKEN = "secret-path-0123456789";

/** The body of a review that is as it should be. */
export const REVIEW = JSON.stringify(aReview(aRequest(aPod())));

/** The HTTP side of the function, listening, and what is behind it; every test starts with the same. */
export interface ServerSuite {
  /** Where it listens, without a path; set by the `before` hook. */
  base: string;
  /** What the handler says to every review; that it has nothing to do, unless a test sets it. */
  answer: () => Promise<AdmissionResponse>;
  /** Reviews that the handler got in this test. */
  handled: number;
  /** Why the function is not ready; undefined when it is. */
  notReady: string | undefined;
  /** Those that are accepted at the moment. */
  tokens: readonly string[];
  /** Lines that were written in this test. */
  readonly log: string[];
  /** Sends `body` as JSON to the right path, unless it is told otherwise. */
  post(
    body: string,
    over?: { readonly path?: string; readonly type?: string },
  ): Promise<Response>;
}

/** Starts the HTTP side for the suite in which it is called, and stops it after it. */
export function serverSuite(): ServerSuite {
  let server: Server;
  const atFirst = {
    answer: () => Promise.resolve(allowed("nothing to do")),
    handled: 0,
    notReady: undefined,
    tokens: [TOKEN],
  };
  const suite: ServerSuite = {
    ...atFirst,
    base: "",
    log: [],
    post: (
      body,
      { path = `/mutate/${TOKEN}`, type = "application/json" } = {},
    ) =>
      fetch(suite.base + path, {
        method: "POST",
        body,
        headers: { "content-type": type },
      }),
  };

  before(async () => {
    const app = createServer({
      handler: () => {
        suite.handled += 1;
        return suite.answer();
      },
      ready: () => Promise.resolve(suite.notReady),
      metrics: createMetrics(),
      log: createLogger("debug", (line) => suite.log.push(line)),
      tokens: () => suite.tokens,
    });
    server = createHttpServer(app).listen(0, "127.0.0.1");
    await once(server, "listening");
    suite.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    Object.assign(suite, atFirst);
    suite.log.length = 0;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return suite;
}

/** Fails unless `response` has this status, an error with these words in it, and neither reached the handler nor stopped the server. */
export async function expectRefusal(
  suite: ServerSuite,
  response: Response,
  { status, says }: { readonly status: number; readonly says: string },
): Promise<void> {
  expect(response.status).to.equal(status);
  const { error } = (await response.json()) as { error: string };
  expect(error).to.include(says);
  expect(suite.handled).to.equal(0);
  expect((await fetch(`${suite.base}/healthz`)).status).to.equal(200);
}

import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import { loggedRequests } from "../../../functions/http/logged-requests.ts";
import { createLogger } from "../../../functions/http/logger.ts";

const request = { method: "GET", path: "/version", timeoutMs: 1_000 } as const;

/** Lines that one request logs, without time and duration, and its result. */
async function askedOf(api: ApiServer, level: "debug" | "info" = "debug") {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(level, (line) =>
    lines.push(JSON.parse(line) as Record<string, unknown>),
  );
  const outcome: unknown = await loggedRequests(
    api,
    log,
  )(request).catch((error: unknown) => error);
  for (const { ms } of lines) expect(ms).to.be.a("number").at.least(0);
  return {
    lines: lines.map(({ time: _time, ms: _ms, ...rest }) => rest),
    outcome,
  };
}

const line = {
  level: "debug",
  msg: "API request",
  method: "GET",
  path: "/version",
};

describe("loggedRequests", () => {
  const answer = { status: 200, body: {}, serverTime: undefined };

  it("passes an answer on, and logs its status", async () => {
    const { lines, outcome } = await askedOf(() => Promise.resolve(answer));
    expect(outcome).to.equal(answer);
    expect(lines).to.deep.equal([{ ...line, status: 200 }]);
  });

  for (const { error, told } of [
    {
      error: new ApiStatusError(429, "too many requests"),
      told: { status: 429, error: "too many requests" },
    },
    {
      error: new ApiUnreachableError("socket hang up"),
      told: { error: "socket hang up" },
    },
  ])
    it(`throws an error on, and logs it: ${error.message}`, async () => {
      const { lines, outcome } = await askedOf(() => Promise.reject(error));
      expect(outcome).to.equal(error);
      expect(lines).to.deep.equal([{ ...line, ...told }]);
    });

  it("logs nothing at a higher level", async () => {
    const { lines } = await askedOf(() => Promise.resolve(answer), "info");
    expect(lines).to.deep.equal([]);
  });
});

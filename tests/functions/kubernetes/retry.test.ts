import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import {
  ADMISSION_RETRY,
  isTransient,
  JANITOR_RETRY,
  pauseAfter,
  retry,
  tryTime,
} from "../../../functions/kubernetes/retry.ts";

const BUSY = new ApiStatusError(429, "too many requests");

function status(code: number, reason?: string): ApiStatusError {
  return new ApiStatusError(code, "no", { reason });
}

function busyFor(retryAfterSeconds: number): ApiStatusError {
  return new ApiStatusError(429, "later", { retryAfterSeconds });
}

/** How often a request that always fails with `error` is sent. */
async function triesWithin(
  milliseconds: number,
  error: Error,
): Promise<number> {
  let tries = 0;
  const deadline = performance.now() + milliseconds;
  const end = retry(ADMISSION_RETRY, { deadline }, () => {
    tries += 1;
    return Promise.reject(error);
  });
  expect(await end.catch((caught: unknown) => caught)).to.equal(error);
  return tries;
}

describe("isTransient", () => {
  const rows: [
    string,
    unknown,
    "retried by both" | "by the function" | "by none",
  ][] = [
    ["no answer", new ApiUnreachableError("timed out"), "retried by both"],
    ["429", BUSY, "retried by both"],
    ["500", status(500), "retried by both"],
    ["503", status(503), "retried by both"],
    ["the Conflict of a quota", status(409, "Conflict"), "by the function"],
    ["a name that is taken", status(409, "AlreadyExists"), "by none"],
    ["403", status(403), "by none"],
    ["404", status(404), "by none"],
    ["a fault of our own", new TypeError("x is not a function"), "by none"],
  ];
  for (const [name, error, retried] of rows)
    it(`${name}: ${retried}`, () => {
      const janitor = retried === "retried by both";
      expect(isTransient(error, ADMISSION_RETRY)).to.equal(
        retried !== "by none",
      );
      expect(isTransient(error, JANITOR_RETRY)).to.equal(janitor);
    });
});

describe("pauseAfter", () => {
  it("doubles the janitor's pause from half a second up to half a minute", () => {
    expect(
      [1, 2, 3, 7, 20].map((tries) => pauseAfter(tries, BUSY, JANITOR_RETRY)),
    ).to.deep.equal([500, 1_000, 2_000, 30_000, 30_000]);
  });

  it("spreads the function's pause over the upper half of 50 ms, doubled up to a second", () => {
    for (const [tries, longest] of [
      [1, 50],
      [2, 100],
      [5, 800],
      [6, 1_000],
      [20, 1_000],
    ] as const)
      for (let time = 0; time < 50; time += 1)
        expect(pauseAfter(tries, BUSY, ADMISSION_RETRY)).to.be.within(
          longest / 2,
          longest,
        );
    const pauses = Array.from({ length: 50 }, () =>
      pauseAfter(6, BUSY, ADMISSION_RETRY),
    );
    expect(new Set(pauses).size).to.be.greaterThan(1);
  });

  it("is as long as the server asks, within the bounds of the policy", () => {
    expect(pauseAfter(1, busyFor(7), JANITOR_RETRY)).to.equal(7_000);
    expect(pauseAfter(1, busyFor(3_600), JANITOR_RETRY)).to.equal(30_000);
    expect(pauseAfter(1, busyFor(7), ADMISSION_RETRY)).to.equal(7_000);
    expect(pauseAfter(1, busyFor(3_600), ADMISSION_RETRY)).to.equal(3_600_000);
  });
});

describe("tryTime", () => {
  it("is half of what is left, half a second at least, and never more than what is left", () => {
    expect([8_000, 1_000, 800, 300, 0, -5].map(tryTime)).to.deep.equal([
      4_000, 500, 500, 300, 1, 1,
    ]);
  });
});

describe("retry by the policy of the janitor", () => {
  it("ends after four tries, and reports each failure before the last", async () => {
    const slept: number[] = [];
    const told: unknown[] = [];
    let tries = 0;
    const sleep = (milliseconds: number): Promise<void> => {
      slept.push(milliseconds);
      return Promise.resolve();
    };
    const onFailure = (error: unknown): void => void told.push(error);
    const end = retry(JANITOR_RETRY, { sleep, onFailure }, () => {
      tries += 1;
      return Promise.reject(BUSY);
    });
    expect(await end.catch((error: unknown) => error)).to.equal(BUSY);
    expect(tries).to.equal(4);
    expect(slept).to.deep.equal([500, 1_000, 2_000]);
    expect(told).to.deep.equal([BUSY, BUSY, BUSY]);
  });
});

describe("retry by the policy of the function", () => {
  it("tries again while there is time", async () => {
    expect(await triesWithin(300, BUSY)).to.be.within(2, 5);
  });

  it("does not wait for a time after the deadline", async () => {
    const start = performance.now();
    expect(await triesWithin(1_000, busyFor(3))).to.equal(1);
    expect(performance.now() - start).to.be.lessThan(500);
  });

  it("gives up at once on what another try does not cure", async () => {
    expect(await triesWithin(1_000, status(403))).to.equal(1);
  });
});

import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import {
  ADMISSION_RETRY,
  isTransient,
  JANITOR_RETRY,
  MAX_TRIES,
  pauseAfter,
  retryTransient,
  retryUntil,
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
  const end = retryUntil(performance.now() + milliseconds, () => {
    tries += 1;
    return Promise.reject(error);
  });
  expect(await end.catch((caught: unknown) => caught)).to.equal(error);
  return tries;
}

describe("isTransient", () => {
  const cases: readonly {
    readonly name: string;
    readonly error: unknown;
    readonly admission: boolean;
    readonly janitor: boolean;
  }[] = [
    {
      name: "no answer",
      error: new ApiUnreachableError("timed out"),
      admission: true,
      janitor: true,
    },
    { name: "429", error: BUSY, admission: true, janitor: true },
    { name: "500", error: status(500), admission: true, janitor: true },
    { name: "503", error: status(503), admission: true, janitor: true },
    {
      name: "the Conflict of a quota",
      error: status(409, "Conflict"),
      admission: true,
      janitor: false,
    },
    {
      name: "a name that is taken",
      error: status(409, "AlreadyExists"),
      admission: false,
      janitor: false,
    },
    { name: "403", error: status(403), admission: false, janitor: false },
    { name: "404", error: status(404), admission: false, janitor: false },
    {
      name: "a fault of our own",
      error: new TypeError("x is not a function"),
      admission: false,
      janitor: false,
    },
  ];
  for (const { name, error, admission, janitor } of cases)
    it(`${name}: ${admission} for the function, ${janitor} for the janitor`, () => {
      expect(isTransient(error, ADMISSION_RETRY)).to.equal(admission);
      expect(isTransient(error, JANITOR_RETRY)).to.equal(janitor);
      expect(isTransient(error), "by default").to.equal(janitor);
    });
});

describe("pauseAfter", () => {
  it("doubles the janitor's pause from half a second up to half a minute", () => {
    expect(
      [1, 2, 3, 7, 20].map((tries) => pauseAfter(tries, BUSY)),
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
    expect(pauseAfter(1, busyFor(7))).to.equal(7_000);
    expect(pauseAfter(1, busyFor(3_600))).to.equal(30_000);
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

describe("retryTransient", () => {
  it("ends after four tries, and tells of each failure before the last", async () => {
    const slept: number[] = [];
    const told: unknown[] = [];
    let tries = 0;
    const end = retryTransient(
      () => {
        tries += 1;
        return Promise.reject(BUSY);
      },
      (milliseconds) => {
        slept.push(milliseconds);
        return Promise.resolve();
      },
      (error) => told.push(error),
    );
    expect(await end.catch((error: unknown) => error)).to.equal(BUSY);
    expect(tries).to.equal(MAX_TRIES);
    expect(slept).to.deep.equal([500, 1_000, 2_000]);
    expect(told).to.deep.equal([BUSY, BUSY, BUSY]);
  });
});

describe("retryUntil", () => {
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

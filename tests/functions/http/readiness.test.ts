import { expect } from "chai";
import type {
  ApiAnswer,
  ApiServer,
} from "../../../functions/kubernetes/api-server.ts";
import { readinessOf } from "../../../functions/http/readiness.ts";

const answer: ApiAnswer = { status: 200, body: {}, serverTime: undefined };

/** An API server that gives these answers in turn. */
function inTurn(answers: readonly (ApiAnswer | Error)[]): {
  api: ApiServer;
  asked: () => number;
} {
  let asked = 0;
  const api: ApiServer = async () => {
    const next = answers[asked];
    asked += 1;
    await Promise.resolve();
    if (next instanceof Error) throw next;
    return next ?? answer;
  };
  return { api, asked: () => asked };
}

describe("readinessOf", () => {
  it("shares one answer of the API server among concurrent callers", async () => {
    const { api, asked } = inTurn([answer]);
    const ready = readinessOf(api);
    expect(await Promise.all([ready(), ready(), ready()])).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    expect(asked()).to.equal(1);
  });

  it("gives the reason when it is not ready, and asks again the next time", async () => {
    const { api, asked } = inTurn([new Error("refused"), answer]);
    const ready = readinessOf(api);
    expect(await ready()).to.equal("the API server cannot be used: refused");
    expect(await ready()).to.equal(undefined);
    expect(asked()).to.equal(2);
  });

  it("does not ask again soon after a good answer", async () => {
    const { api, asked } = inTurn([answer, new Error("gone")]);
    const ready = readinessOf(api);
    await ready();
    expect(await ready()).to.equal(undefined);
    expect(asked()).to.equal(1);
  });
});

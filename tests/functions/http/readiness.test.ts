import { expect } from "chai";
import type {
  ApiAnswer,
  ApiServer,
} from "../../../functions/kubernetes/api-server.ts";
import { readinessOf } from "../../../functions/http/readiness.ts";

const answer: ApiAnswer = { status: 200, body: {}, serverTime: undefined };

/** An API server that gives these answers in turn, each when it is let go. */
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
  it("gives all who ask meanwhile one answer of the API server", async () => {
    const { api, asked } = inTurn([answer]);
    const ready = readinessOf(api);
    expect(await Promise.all([ready(), ready(), ready()])).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    expect(asked()).to.equal(1);
  });

  it("says why not, and asks again the next time", async () => {
    const { api, asked } = inTurn([new Error("refused"), answer]);
    const ready = readinessOf(api);
    expect(await ready()).to.equal("the API server cannot be used: refused");
    expect(await ready()).to.equal(undefined);
    expect(asked()).to.equal(2);
  });

  it("takes a good answer to be good for a while", async () => {
    const { api, asked } = inTurn([answer, new Error("gone")]);
    const ready = readinessOf(api);
    await ready();
    expect(await ready()).to.equal(undefined);
    expect(asked()).to.equal(1);
  });
});

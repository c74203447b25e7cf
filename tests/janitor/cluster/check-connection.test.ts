import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiRequest } from "../../../functions/kubernetes/api-server.ts";
import { checkConnection } from "../../../janitor/cluster/check-connection.ts";

/** How long it takes with these answers, each of which comes as late as possible, and its error. */
async function reached(
  answers: readonly (Error | undefined)[],
): Promise<{ ms: number; asked: string[]; error?: unknown }> {
  let ms = 0;
  const asked: string[] = [];
  const api = ({ path, timeoutMs }: ApiRequest) => {
    const answer = answers[asked.length];
    asked.push(path);
    ms += timeoutMs;
    return answer === undefined
      ? Promise.resolve({ status: 200, body: {}, serverTime: undefined })
      : Promise.reject(answer);
  };
  try {
    await checkConnection(api, (pause) => {
      ms += pause;
      return Promise.resolve();
    });
    return { ms, asked };
  } catch (error) {
    return { ms, asked, error };
  }
}

describe("checkConnection", () => {
  const silent = new ApiUnreachableError("no answer within 5000 ms");

  it("gives up within half a minute where nothing answers", async () => {
    const { ms, asked, error } = await reached(
      Array.from({ length: 9 }, () => silent),
    );
    expect(error).to.equal(silent);
    expect(ms).to.be.below(30_000);
    expect(new Set(asked)).to.deep.equal(new Set(["/version"]));
  });

  it("goes on when an answer comes at the third try", async () => {
    const { asked, error } = await reached([silent, silent]);
    expect(error).to.equal(undefined);
    expect(asked).to.have.lengthOf(3);
  });

  it("takes any status for an answer", async () => {
    for (const status of [401, 403, 404, 500]) {
      const { asked, error } = await reached([new ApiStatusError(status, "")]);
      expect(error).to.equal(undefined);
      expect(asked).to.have.lengthOf(1);
    }
  });
});

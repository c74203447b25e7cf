import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import { NoClusterError } from "../../../functions/kubernetes/kube-config.ts";
import { whyUnusable } from "../../../janitor/cluster/check-connection.ts";

describe("whyUnusable", () => {
  for (const [error, expected] of [
    [new NoClusterError("no cluster: no file"), "no cluster: no file"],
    [new ApiUnreachableError("refused"), "no cluster: refused"],
    [
      new ApiStatusError(401, "Unauthorized"),
      "the cluster does not accept the credentials: Unauthorized",
    ],
    [new ApiStatusError(403, "Forbidden"), undefined],
    [new ApiStatusError(503, "busy"), undefined],
    [new TypeError("a bug"), undefined],
  ] as const)
    it(`says ${expected ?? "nothing"} of ${error.name}: ${error.message}`, () => {
      expect(whyUnusable(error)).to.equal(expected);
    });
});

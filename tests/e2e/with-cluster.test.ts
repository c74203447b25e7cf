import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../control-plane/run-program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const main = path.join(import.meta.dirname, "main.ts");

describe("the end-to-end suite without a cluster", function () {
  this.timeout(30_000);

  it("does nothing in its short form when the cluster is not built, and returns 3", async () => {
    const { stderr, exitCode } = await runProgram(
      process.execPath,
      [main, "--short"],
      {
        env: {
          ...process.env,
          KUBECONFIG: "",
          CLUSTER_CACHE: temporaryDirectory(),
        },
      },
    );
    expect(stderr).to.equal(
      "end to end: not run; KUBECONFIG is not set, and a cluster of its own must be built first: npm run e2e does that, once\n",
    );
    expect(exitCode).to.equal(3);
  });
});

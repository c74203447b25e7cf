import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  sharedControlPlane,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";
import {
  claimTemplateSchema,
  minorOf,
  SCHEMA_FILE,
} from "../../control-plane/claim-template-schema.ts";

const pinned = /k8s\.io\/kubernetes v(\S+)/.exec(
  readFileSync(new URL("go.mod", import.meta.url), "utf8"),
)?.[1];

describe("the schema of a claim template", function () {
  this.timeout(startTimeoutMs);

  it("is what the API server publishes; if not, run `npm run generate:schema`", async function () {
    const controlPlane = await sharedControlPlane();
    const { stdout } = await controlPlane.kubectl(["get", "--raw", "/version"]);
    const { gitVersion } = JSON.parse(stdout) as { gitVersion: string };
    // With KUBEBUILDER_ASSETS it may be another Kubernetes than the one that is pinned.
    if (minorOf(gitVersion) !== minorOf(pinned ?? "")) {
      process.stderr.write(
        `Skipping the schema of a claim template: it is of Kubernetes ${pinned}, and ${gitVersion} runs here\n`,
      );
      this.skip();
    }
    expect(JSON.parse(readFileSync(SCHEMA_FILE, "utf8"))).to.deep.equal(
      await claimTemplateSchema(controlPlane),
    );
  });
});

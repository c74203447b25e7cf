import { expect } from "chai";
import { admissionSuite, aBarePod } from "../../support/admission-suite.ts";
import { cacheAnnotations } from "../../support/builders.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { annotationsFor, podSpecFor } from "../templates/cases/volumes.ts";

describe("what the API server warns of in a claim", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  /** Creates an object as a person does; what kubectl warns of. */
  async function warningsOf(
    namespace: string,
    object: object,
  ): Promise<readonly string[]> {
    const { exitCode, stderr } = await suite.controlPlane.kubectl(
      ["create", "--namespace", namespace, "-f", "-"],
      { input: JSON.stringify(object) },
    );
    expect(exitCode, stderr).to.equal(0);
    return stderr
      .split("\n")
      .filter((line) => line.startsWith("Warning: "))
      .map((line) => line.slice("Warning: ".length));
  }

  it("reaches the person at kubectl as it does for a claim made by hand", async () => {
    const namespace = await uniqueNamespace("warned");
    const byHand = await warningsOf(namespace, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "by-hand" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "500m" } },
      },
    });
    expect(byHand).to.have.lengthOf(1);
    expect(byHand[0]).to.include('fractional byte value "500m" is invalid');
    const pod = aBarePod("pod", {
      annotations: {
        ...cacheAnnotations,
        "volume-claim-template/storage": "500m",
      },
    });
    expect(await warningsOf(namespace, pod)).to.include.members([
      `PersistentVolumeClaim of volume "cache": ${byHand[0]}`,
    ]);
  });

  it("names the volume of each claim, and says nothing of those that are as they should be", async () => {
    const namespace = await uniqueNamespace("warned-of-two");
    const volumes = [
      { name: "data", storage: "1500m" },
      { name: "wal", storage: "2Gi" },
      { name: "log", storage: "2500m" },
    ];
    const pod = {
      ...aBarePod("pod", { annotations: annotationsFor(volumes) }),
      spec: podSpecFor(volumes),
    };
    const ofClaims = (await warningsOf(namespace, pod)).filter((text) =>
      text.startsWith("PersistentVolumeClaim of volume "),
    );
    expect(ofClaims).to.have.lengthOf(2);
    expect(ofClaims[0]).to.match(/^\S+ of volume "data": .*"1500m"/);
    expect(ofClaims[1]).to.match(/^\S+ of volume "log": .*"2500m"/);
  });
});

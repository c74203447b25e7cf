import { expect } from "chai";
import {
  admissionSuite,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes } from "../../support/pods-and-claims.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { aDeploymentWith, aPodWith } from "./cases/volumes.ts";

describe("a Pod with several volumes", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("has twenty of them, each with a Bound claim of its own", async () => {
    const namespace = await uniqueNamespace("twenty");
    const volumes = Array.from({ length: 20 }, (_, index) => ({
      name: `disk-${index + 1}`,
      storage: `${index + 1}Gi`,
      storageClassName: "standard",
    }));
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeploymentWith("web", 2, volumes),
    });
    const pods = await eventually("2 Pods run", async () => {
      const found = await podsIn(suite, namespace);
      return (
        found.length === 2 &&
        found.every(({ status }) => status?.phase === "Running") &&
        found
      );
    });
    const claims = new Map(
      (await claimsIn(suite, namespace)).map((claim) => [
        claim.metadata?.name,
        claim,
      ]),
    );
    expect(claims.size).to.equal(40);
    const used = new Set<string>();
    for (const pod of pods) {
      const labels = pod.metadata?.labels ?? {};
      const ofPod = claimVolumes(pod);
      expect(ofPod.map(({ volume }) => volume)).to.deep.equal(
        volumes.map(({ name }) => name),
      );
      expect(labels["volume-claim/name"]).to.equal(ofPod[0]?.claim);
      for (const { volume, claim } of ofPod) {
        used.add(claim);
        expect(labels[`volume-claim/${volume}`]).to.equal(claim);
        expect(
          claims.get(claim)?.spec?.resources?.requests?.["storage"],
        ).to.equal(`${volume.replace("disk-", "")}Gi`);
        expect(claims.get(claim)?.status?.phase).to.equal("Bound");
      }
    }
    expect(used.size).to.equal(40);
  });

  it("has a device for a Block template, beside a directory", async () => {
    const namespace = await uniqueNamespace("block");
    const pod = aPodWith([
      { name: "data" },
      { name: "raw", volumeMode: "Block" },
    ]);
    pod.spec = {
      containers: [
        {
          name: "app",
          image: "app:1",
          volumeMounts: [{ name: "data", mountPath: "/data" }],
          volumeDevices: [{ name: "raw", devicePath: "/dev/raw" }],
        },
      ],
    };
    const created = await suite.core.createNamespacedPod({
      namespace,
      body: pod,
    });
    const [data, raw] = claimVolumes(created);
    expect([data?.volume, raw?.volume]).to.deep.equal(["data", "raw"]);
    const claim = await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name: raw?.claim ?? "",
    });
    expect(claim.spec?.volumeMode).to.equal("Block");
  });

  it("W6: is answered in a dry run with all of its claims, and none is made", async () => {
    const namespace = await uniqueNamespace("dry-run");
    const created = await suite.core.createNamespacedPod({
      namespace,
      body: aPodWith([{ name: "data" }, { name: "wal" }]),
      dryRun: "All",
    });
    expect(claimVolumes(created)).to.have.lengthOf(2);
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
  });
});

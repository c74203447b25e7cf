import { StorageV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import {
  sharedControlPlane,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { functionBehindProxy } from "../admission/behind-proxy.ts";
import type { Answer } from "../admission/behind-proxy.ts";
import { reusedSetsOf, reusingPod } from "./reused-sets.ts";
import { claimsIn, podOfTwo } from "./reviews.ts";

const EXPANDABLE = "expandable";

describe("the sets of a pool, on a real API server", function () {
  this.timeout(60_000);
  const suite = functionBehindProxy();
  const { boundSet, claims, endLeases, freeSets } = reusedSetsOf(suite);

  it("never exceed max-sets, also when Pods come at once, and say which sets there are", async () => {
    const namespace = await uniqueNamespace("max-sets");
    const pod = reusingPod({ "max-sets": "2" });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => suite.review(namespace, { pod })),
    );
    expect(answers.filter(({ allowed }) => allowed)).to.have.length(2);
    const rejected = answers.find(({ allowed }) => !allowed);
    expect(rejected?.status).to.have.property("code", 409);
    expect(rejected?.status?.message).to.include("max-sets is 2");
    expect(await claims(namespace)).to.have.length(2);
  });

  it("go to as many Pods as max-sets says, although there are more sets, and none has data", async () => {
    const namespace = await uniqueNamespace("surplus");
    await freeSets(namespace, 3);
    const pod = reusingPod({ "max-sets": "2" });
    const answers: Answer[] = [];
    for (let index = 0; index < 3; index += 1)
      answers.push(await suite.review(namespace, { pod }));
    expect(answers.map(({ allowed }) => allowed)).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(answers[2]?.status?.message).to.include(
      "the pool has 3 sets of claims, max-sets is 2",
    );
    expect(await claims(namespace)).to.have.length(3);
  });

  describe("that never had a volume", () => {
    const wait = { "volume-claim-template/on-miss": "Wait" };
    /** No provisioner looks at its claims. */
    const spec = { storageClassName: "nowhere" };

    it("are passed over when one lacks a claim: a Pod of Wait gets a new set", async () => {
      const namespace = await uniqueNamespace("half-made");
      const pod = podOfTwo({ annotations: wait, spec });
      const { data = "", log = "" } = claimsIn(
        await suite.review(namespace, { pod }),
      );
      // As if the function had been killed before it created the second claim.
      await suite.core.deleteNamespacedPersistentVolumeClaim({
        namespace,
        name: log,
      });
      await endLeases(namespace);
      const given = claimsIn(await suite.review(namespace, { pod }));
      expect(Object.keys(given)).to.deep.equal(["data", "log"]);
      expect(Object.values(given)).not.to.include.members([data]);
      expect(await claims(namespace)).to.have.length(3);
    });

    it("are passed over when the template was corrected: a Pod of Wait gets a new set, and max-sets says what to delete", async () => {
      const namespace = await uniqueNamespace("corrected");
      const keys = { "on-miss": "Wait", "storage-class": "nowhere" };
      const [wrong = ""] = await freeSets(namespace, 1, reusingPod(keys));
      for (const corrected of [
        { ...keys, "storage-class": "standard" },
        { ...keys, storage: "2Gi" },
      ]) {
        const full = await suite.review(namespace, {
          pod: reusingPod({ ...corrected, "max-sets": "1" }),
        });
        expect(full.status?.message).to.include(
          `set ${wrong} never had a volume: delete the claims with label volume-claim/set=${wrong}`,
        );
        const given = claimsIn(
          await suite.review(namespace, { pod: reusingPod(corrected) }),
        );
        expect(given["cache"]).to.be.a("string").and.not.equal(wrong);
        await suite.core.deleteNamespacedPersistentVolumeClaim({
          namespace,
          name: given["cache"] ?? "",
        });
        await eventually(
          "the new claim is gone",
          async () => (await claims(namespace)).length === 1,
        );
      }
    });
  });

  it("that were made with Create go to a Pod of Wait only after the command that its rejection names", async () => {
    const namespace = await uniqueNamespace("made-with-create");
    const made = await boundSet(namespace, { "max-age": "30d" });
    const pod = reusingPod({ "on-miss": "Wait" });
    const rejected = await suite.review(namespace, { pod });
    expect(rejected.status).to.have.property("code", 409);
    expect(rejected.status?.message).to.include(
      `set ${made} was made with volume-claim-template/on-miss: Create, so the janitor may delete it`,
    );
    const [, command = ""] =
      /run: kubectl ([^;]+);/.exec(rejected.status?.message ?? "") ?? [];
    const controlPlane = await sharedControlPlane();
    const { exitCode, stderr } = await controlPlane.kubectl(command.split(" "));
    expect(exitCode, stderr).to.equal(0);
    const { annotations } = (await claims(namespace))[0]?.metadata ?? {};
    expect(annotations)
      .to.include({ "volume-claim-template/on-miss": "Wait" })
      .and.not.to.have.property("volume-claim-template/max-age");
    expect(claimsIn(await suite.review(namespace, { pod }))).to.deep.equal({
      cache: made,
    });
    expect(await claims(namespace)).to.have.length(1);
  });

  describe("whose template asks for more", () => {
    before(async () => {
      const { kubeConfig } = await sharedControlPlane();
      await kubeConfig
        .makeApiClient(StorageV1Api)
        .createStorageClass({
          body: {
            metadata: { name: EXPANDABLE },
            provisioner: "kubernetes.io/host-path",
            allowVolumeExpansion: true,
          },
        })
        .catch(() => undefined);
    });

    it("grow in the hand-over where the storage class expands volumes", async () => {
      const namespace = await uniqueNamespace("grown");
      const keys = { "storage-class": EXPANDABLE, "on-miss": "Wait" };
      const free = await boundSet(namespace, keys);
      const answer = await suite.review(namespace, {
        pod: reusingPod({ ...keys, storage: "2Gi" }),
      });
      expect(claimsIn(answer)).to.deep.equal({ cache: free });
      const [claim] = await claims(namespace);
      expect(claim?.spec?.resources?.requests).to.deep.equal({
        storage: "2Gi",
      });
    });

    it("are not handed out where it does not: Create gets a new set, Wait is told what to do", async () => {
      const namespace = await uniqueNamespace("small");
      const free = await boundSet(namespace, {
        "storage-class": "standard",
        "on-miss": "Wait",
      });
      const larger = { "storage-class": "standard", storage: "2Gi" };
      const wait = await suite.review(namespace, {
        pod: reusingPod({ ...larger, "on-miss": "Wait" }),
      });
      expect(wait.status).to.have.property("code", 409);
      expect(wait.status?.message)
        .to.include(
          `set ${free} is smaller than the template asks, and cannot grow`,
        )
        .and.to.include("a storage class that allows volume expansion");
      const create = await suite.review(namespace, { pod: reusingPod(larger) });
      expect(claimsIn(create)["cache"]).not.to.equal(free);
    });
  });
});

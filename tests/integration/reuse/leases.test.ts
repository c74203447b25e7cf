import { StorageV1Api } from "@kubernetes/client-node";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { LIST_SHARE_MS } from "../../../functions/hand-over/lists.ts";
import { eventually } from "../../support/eventually.ts";
import {
  sharedControlPlane,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { aPod } from "../../support/builders.ts";
import { functionBehindProxy, isCreate } from "../admission/behind-proxy.ts";
import type { Answer } from "../admission/behind-proxy.ts";
import { claimsIn, podOfTwo, template } from "./reviews.ts";
import { nameOf, reused } from "./reuse-suite.ts";

const LEASE_REQUEST = "volume-claim/lease-request";
const LEASE_TIME = "volume-claim/lease-time";
const EXPANDABLE = "expandable";

/** A Pod of one Deployment whose volume `cache` is reused. */
function reusingPod(
  keys: Readonly<Record<string, string>> = {},
  pod: Parameters<typeof aPod>[0] = {},
): V1Pod {
  return aPod({
    ...pod,
    annotations: reused(keys),
    labels: { "pod-template-hash": "5d4f8c7b9" },
  });
}

describe("leases of sets, on a real API server", function () {
  this.timeout(60_000);
  const suite = functionBehindProxy();

  async function claims(namespace: string): Promise<V1PersistentVolumeClaim[]> {
    return (await suite.core.listNamespacedPersistentVolumeClaim({ namespace }))
      .items;
  }

  async function annotate(
    namespace: string,
    name: string,
    annotations: Readonly<Record<string, string>>,
  ): Promise<void> {
    const body = await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name,
    });
    body.metadata = {
      ...body.metadata,
      annotations: { ...body.metadata?.annotations, ...annotations },
    };
    await suite.core.replaceNamespacedPersistentVolumeClaim({
      namespace,
      name,
      body,
    });
  }

  /** As if a minute had passed since each lease: the function does not use its earlier lists any more. */
  async function endLeases(namespace: string): Promise<void> {
    await sleep(LIST_SHARE_MS);
    for (const claim of await claims(namespace))
      if (claim.metadata?.annotations?.[LEASE_TIME] !== undefined)
        await eventually("the lease has ended", () =>
          annotate(namespace, nameOf(claim), {
            [LEASE_TIME]: "2020-01-01T00:00:00Z",
          }).then(
            () => true,
            () => false,
          ),
        );
  }

  /** Creates free sets by Pods that are never stored. */
  async function freeSets(
    namespace: string,
    count: number,
    pod = reusingPod(),
  ): Promise<string[]> {
    for (let index = 0; index < count; index += 1)
      expect(await suite.review(namespace, { pod })).to.have.property(
        "allowed",
        true,
      );
    await endLeases(namespace);
    return (await claims(namespace)).map(nameOf);
  }

  async function boundSet(
    namespace: string,
    keys: Readonly<Record<string, string>>,
  ): Promise<string> {
    const [free = ""] = await freeSets(namespace, 1, reusingPod(keys));
    await eventually("the claim is bound", async () =>
      (await claims(namespace)).every(
        ({ status }) => status?.phase === "Bound",
      ),
    );
    return free;
  }

  it("are one for a request that is delivered twice, and so is the answer", async () => {
    const namespace = await uniqueNamespace("twice");
    const [free] = await freeSets(namespace, 1);
    const delivery = { pod: reusingPod(), requestUid: "one-request" };
    const first = await suite.review(namespace, delivery);
    expect(claimsIn(first)).to.deep.equal({ cache: free });
    expect(await suite.review(namespace, delivery)).to.deep.equal(first);
    const [claim, ...others] = await claims(namespace);
    expect(others).to.have.length(0);
    expect(claim?.metadata?.annotations).to.include({
      [LEASE_REQUEST]: "one-request",
      "volume-claim/uses": "2",
    });
  });

  it("are found again when the answer to the reservation is lost", async () => {
    const namespace = await uniqueNamespace("lost");
    const [free] = await freeSets(namespace, 1);
    const lost = suite.proxy.intercept(
      ({ method }) => method === "PATCH",
      { resetAfterWrite: true },
      1,
    );
    const answer = await suite.review(namespace, { pod: reusingPod() });
    expect(lost.hits).to.equal(1);
    expect(claimsIn(answer)).to.deep.equal({ cache: free });
    expect(await claims(namespace)).to.have.length(1);
  });

  for (const onMiss of ["Create", "Wait"])
    it(`are not written by a dry run with ${onMiss}, which shows the set that it would reuse`, async () => {
      const namespace = await uniqueNamespace("dry");
      const pod = reusingPod({ "on-miss": onMiss });
      const [free] = await freeSets(namespace, 1, pod);
      suite.proxy.reset();
      const answer = await suite.review(namespace, { pod, dryRun: true });
      expect(claimsIn(answer)).to.deep.equal({ cache: free });
      expect(
        suite.proxy.requests.filter(({ method }) => method !== "GET"),
      ).to.deep.equal([]);
    });

  it("give each of 40 Pods at once another of 30 free sets, and the others a new one, by a handful of lists", async () => {
    const namespace = await uniqueNamespace("burst");
    const free = await freeSets(namespace, 30);
    suite.proxy.reset();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        suite.review(namespace, { pod: reusingPod() }),
      ),
    );
    const given = answers.map((answer) => claimsIn(answer)["cache"] ?? "");
    expect(new Set(given).size).to.equal(40);
    expect(given).to.include.members(free);
    const lists = suite.proxy.requests.filter(
      ({ method, path }) => method === "GET" && path.endsWith("/pods"),
    );
    expect(lists.length).to.be.at.most(20);
  });

  it("go to no other Pod while they run, whatever Pods there are: Wait is told so, Create gets a new set", async () => {
    const namespace = await uniqueNamespace("in-flight");
    const wait = reusingPod({ "on-miss": "Wait" });
    const first = await suite.review(namespace, { pod: wait });
    const { cache = "" } = claimsIn(first);
    const second = await suite.review(namespace, { pod: wait });
    expect(second.status).to.have.property("code", 409);
    expect(second.status?.message)
      .to.include(`set ${cache} is promised to a Pod that is being created`)
      .and.to.include('pool "Deployment web"');
    const create = await suite.review(namespace, { pod: reusingPod() });
    expect(claimsIn(create)["cache"]).not.to.equal(cache);
  });

  it("cover a whole set: a copied Pod that brings one of its two volumes gets the other one of the same set", async () => {
    const namespace = await uniqueNamespace("half");
    const both = claimsIn(await suite.review(namespace, { pod: podOfTwo() }));
    await endLeases(namespace);
    const pod = podOfTwo({
      dataVolume: { persistentVolumeClaim: { claimName: both["data"] ?? "" } },
    });
    expect(claimsIn(await suite.review(namespace, { pod }))).to.deep.equal(
      both,
    );
    expect(await claims(namespace)).to.have.length(2);
  });

  it("cover a whole set: two volumes of one Pod never come from two Pods", async () => {
    const namespace = await uniqueNamespace("pairs");
    const pod = podOfTwo();
    const pairs = new Set<string>();
    for (let index = 0; index < 3; index += 1)
      pairs.add(
        JSON.stringify(claimsIn(await suite.review(namespace, { pod }))),
      );
    await endLeases(namespace);
    const again = await Promise.all(
      Array.from({ length: 3 }, () => suite.review(namespace, { pod })),
    );
    expect(
      again.map((answer) => JSON.stringify(claimsIn(answer))).toSorted(),
    ).to.deep.equal([...pairs].toSorted());
    expect(await claims(namespace)).to.have.length(6);
  });

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

  describe("of sets that never had a volume", () => {
    const wait = { "volume-claim-template/on-miss": "Wait" };
    /** No provisioner looks at its claims. */
    const spec = { storageClassName: "nowhere" };

    it("are not written when a set lacks a claim: a Pod of Wait gets a new set", async () => {
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

    it("are not written when the template was corrected: a Pod of Wait gets a new set, and max-sets says what to delete", async () => {
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

  it("end at once when the Pod is rejected for another of its claims", async () => {
    const namespace = await uniqueNamespace("released");
    const pod = reusingPod();
    const [free = ""] = await freeSets(namespace, 1, pod);
    const mixed = aPod({
      annotations: {
        "volume-claim-template/templates": JSON.stringify([
          template("cache", "Reuse"),
          template("scratch", "Delete"),
        ]),
      },
      volumes: ["cache", "scratch"].map((name) => ({ name, emptyDir: {} })),
      mounts: ["cache", "scratch"],
      labels: { "pod-template-hash": "5d4f8c7b9" },
    });
    suite.proxy.intercept(
      ({ method, path }) =>
        method === "POST" && path.endsWith("/persistentvolumeclaims"),
      { status: 403 },
    );
    const answer = await suite.review(namespace, { pod: mixed });
    expect(answer).to.have.property("allowed", false);
    suite.proxy.reset();
    const [claim] = await claims(namespace);
    // As it was: the lease of the Pod before it is over.
    expect(claim?.metadata?.annotations).to.have.property(
      LEASE_TIME,
      "2020-01-01T00:00:00Z",
    );
    await sleep(LIST_SHARE_MS);
    expect(claimsIn(await suite.review(namespace, { pod }))).to.deep.equal({
      cache: free,
    });
  });

  it("end at once when a Pod that names the claim is rejected for another of its claims", async () => {
    const namespace = await uniqueNamespace("kept");
    const [free = ""] = await freeSets(namespace, 1);
    const before = (await claims(namespace))[0]?.metadata?.annotations;
    const mixed = aPod({
      annotations: {
        "volume-claim-template/templates": JSON.stringify([
          template("cache", "Reuse"),
          template("scratch", "Delete"),
        ]),
      },
      volumes: [
        { name: "cache", persistentVolumeClaim: { claimName: free } },
        { name: "scratch", emptyDir: {} },
      ],
      mounts: ["cache", "scratch"],
      labels: { "pod-template-hash": "5d4f8c7b9" },
    });
    const refused = suite.proxy.intercept(isCreate, { status: 403 });
    const answer = await suite.review(namespace, { pod: mixed });
    expect(answer).to.have.property("allowed", false);
    expect(refused.hits).to.equal(1);
    const [claim] = await claims(namespace);
    expect(claim?.metadata?.annotations).to.include({
      [LEASE_TIME]: before?.[LEASE_TIME],
      [LEASE_REQUEST]: before?.[LEASE_REQUEST],
      "volume-claim/uses": "2",
    });
  });

  it("are taken by a Pod whose manifest was copied, unless another Pod has the set", async () => {
    const namespace = await uniqueNamespace("copied");
    const [free = ""] = await freeSets(namespace, 1);
    const copied = reusingPod(
      {},
      {
        volumes: [
          { name: "cache", persistentVolumeClaim: { claimName: free } },
        ],
      },
    );
    const first = await suite.review(namespace, { pod: copied });
    expect(first).to.include({ allowed: true });
    // Without its labels no list would show who has the set.
    expect(claimsIn(first)).to.deep.equal({ cache: free });
    const [claim] = await claims(namespace);
    expect(claim?.metadata?.annotations).to.have.property(LEASE_REQUEST);
    const second = await suite.review(namespace, { pod: copied });
    expect(second.status).to.have.property("code", 409);
    expect(second.status?.message).to.include(
      `names claim ${namespace}/${free}`,
    );
  });

  it("are not written on a set that somebody holds, which is out of the pool", async () => {
    const namespace = await uniqueNamespace("held");
    const [free = ""] = await freeSets(namespace, 1);
    await annotate(namespace, free, { "volume-claim/hold": "true" });
    for (const keys of [{}, { "on-miss": "Wait" }]) {
      const answer = await suite.review(namespace, { pod: reusingPod(keys) });
      expect(answer).to.have.property("allowed", true);
      expect(claimsIn(answer)["cache"]).not.to.equal(free);
      await endLeases(namespace);
    }
  });

  describe("of a pool whose template asks for more", () => {
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
      const free = await boundSet(namespace, { "storage-class": "standard" });
      const larger = { "storage-class": "standard", storage: "2Gi" };
      const wait = await suite.review(namespace, {
        pod: reusingPod({ ...larger, "on-miss": "Wait" }),
      });
      expect(wait.status).to.have.property("code", 409);
      expect(wait.status?.message)
        .to.include(
          `set ${free} is smaller than the template asks, and cannot grow`,
        )
        .and.to.include("use a storage class that allows volume expansion");
      const create = await suite.review(namespace, { pod: reusingPod(larger) });
      expect(claimsIn(create)["cache"]).not.to.equal(free);
    });
  });
});

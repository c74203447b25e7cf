import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { LIST_SHARE_MS } from "../../../functions/hand-over/lists.ts";
import { aPod } from "../../support/builders.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { functionBehindProxy, isCreate } from "../admission/behind-proxy.ts";
import { reusedSetsOf, reusingPod } from "./reused-sets.ts";
import { claimsIn, podOfTwo, template } from "./reviews.ts";

const LEASE_REQUEST = "volume-claim/lease-request";
const LEASE_TIME = "volume-claim/lease-time";

describe("leases of sets, on a real API server", function () {
  this.timeout(60_000);
  const suite = functionBehindProxy();
  const { annotate, claims, endLeases, freeSets } = reusedSetsOf(suite);

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
      .to.include(`set ${cache} is reserved for a Pod that is being created`)
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
    expect(claim?.metadata?.annotations).to.include({
      [LEASE_TIME]: "2020-01-01T00:00:00Z",
      "volume-claim/uses": "1",
    });
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
      "volume-claim/uses": "1",
    });
  });

  it("end at once when a Pod that names both claims of a set is rejected for a third one", async () => {
    const namespace = await uniqueNamespace("both");
    const both = claimsIn(await suite.review(namespace, { pod: podOfTwo() }));
    await endLeases(namespace);
    const leasesOf = async (): Promise<unknown> =>
      (await claims(namespace)).map(({ metadata }) =>
        [LEASE_TIME, LEASE_REQUEST, "volume-claim/uses"].map(
          (key) => metadata?.annotations?.[key],
        ),
      );
    const before = await leasesOf();
    const pod = aPod({
      annotations: {
        "volume-claim-template/templates": JSON.stringify([
          template("data", "Reuse"),
          template("log", "Reuse"),
          template("scratch", "Delete"),
        ]),
      },
      volumes: [
        ...Object.entries(both).map(([name, claimName]) => ({
          name,
          persistentVolumeClaim: { claimName },
        })),
        { name: "scratch", emptyDir: {} },
      ],
      mounts: ["data", "log", "scratch"],
      labels: { "pod-template-hash": "5d4f8c7b9" },
    });
    const refused = suite.proxy.intercept(isCreate, { status: 403 });
    const answer = await suite.review(namespace, { pod });
    expect(answer).to.have.property("allowed", false);
    expect(refused.hits).to.equal(1);
    expect(await leasesOf()).to.deep.equal(before);
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
    for (const keys of [{ "on-miss": "Wait" }, {}]) {
      const answer = await suite.review(namespace, { pod: reusingPod(keys) });
      expect(answer).to.have.property("allowed", true);
      expect(claimsIn(answer)["cache"]).not.to.equal(free);
      await endLeases(namespace);
    }
  });
});

import { expect } from "chai";
import { claim, NOW } from "../pool/pool-builders.ts";
import { FakePool, obtainNamed } from "./fake-pool.ts";

describe("poolsOn, asked for the claim that a Pod names", () => {
  const labels = { "volume-claim/pool": "hash" };

  it("reserves its set", async () => {
    const fake = new FakePool([claim("a", { labels })]);
    expect(await obtainNamed(fake, "a")).to.include({ set: "a" });
    expect(fake.lease("a")).to.equal("uid-1");
  });
  for (const quarantine of [undefined, "a volume that does not mount"])
    it(`reserves nothing of a set that a person holds and nobody uses, quarantine ${quarantine}`, async () => {
      const annotations = {
        "volume-claim/hold": "true",
        ...(quarantine !== undefined && {
          "volume-claim/quarantine": quarantine,
        }),
      };
      const fake = new FakePool([claim("a", { labels, annotations })]);
      fake.beforeWrite = () => expect.fail("it wrote");
      expect(await obtainNamed(fake, "a")).to.equal(undefined);
    });
  const deletionTimestamp = new Date(NOW);
  for (const [title, only, why, user] of [
    [
      "the first claim of its set is gone",
      claim("b", { labels, set: "a" }),
      "set a has lost its first claim",
    ],
    [
      "its set is in quarantine",
      claim("b", { labels, annotations: { "volume-claim/quarantine": "x" } }),
      "set b is in quarantine: x",
    ],
    [
      "it is being deleted",
      claim("b", {
        metadata: { ...claim("b", { labels }).metadata, deletionTimestamp },
      }),
      'set b has claim "b", which is being deleted',
    ],
    [
      "its volume is gone",
      claim("b", { labels, phase: "Lost" }),
      'set b has claim "b", whose volume is gone (phase Lost)',
    ],
    [
      "another Pod uses it",
      claim("b", { labels }),
      'set b is used by Pod "web-1"',
      "web-1",
    ],
    [
      "another Pod uses it, although a person holds it",
      claim("b", { labels, annotations: { "volume-claim/hold": "true" } }),
      'set b is used by Pod "web-1"',
      "web-1",
    ],
  ] as const)
    it(`rejects the Pod when ${title}, and writes nothing`, async () => {
      const fake = new FakePool([only]);
      fake.beforeWrite = () => expect.fail("it wrote");
      if (user !== undefined) fake.pods.set(user, "b");
      const rejected = await obtainNamed(fake, "b").catch(
        (error: unknown) => error,
      );
      expect(rejected)
        .to.include({ status: 409 })
        .and.to.have.property("message")
        .that.includes(why);
      expect(fake.reads).to.equal(1);
    });
});

import { expect } from "chai";
import {
  claimsUsedBy,
  podsByClaim,
} from "../../../janitor/verdict/pod-uses-claim.ts";
import { aPod, claimVolume } from "../objects.ts";

describe("claimsUsedBy", () => {
  it("J6 finds claims in every volume, by name and by ephemeral naming", () => {
    const pod = aPod("web-1", [
      claimVolume("cache", "claim-a"),
      { name: "scratch", ephemeral: { volumeClaimTemplate: { spec: {} } } },
      { name: "config", configMap: { name: "settings" } },
      claimVolume("other", "claim-b"),
    ]);
    expect(claimsUsedBy(pod)).to.deep.equal([
      "claim-a",
      "web-1-scratch",
      "claim-b",
    ]);
  });

  it("finds none in a Pod without volumes", () => {
    expect(claimsUsedBy({ spec: { containers: [] } })).to.deep.equal([]);
    expect(claimsUsedBy({})).to.deep.equal([]);
  });
});

describe("podsByClaim", () => {
  it("J6 lists every Pod of a claim, and a Pod once that names it twice", () => {
    const twice = aPod("a", [claimVolume("x", "c"), claimVolume("y", "c")]);
    const once = aPod("b", [claimVolume("x", "c")]);
    expect(podsByClaim([twice, once])).to.deep.equal(
      new Map([["c", [twice, once]]]),
    );
  });
});

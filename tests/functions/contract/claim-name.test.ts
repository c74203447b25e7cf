import { expect } from "chai";
import fc from "fast-check";
import {
  claimName,
  hasClaimNameForm,
} from "../../../functions/contract/claim-name.ts";
import { hasReadableForm } from "../../../functions/contract/readable-name.ts";
import { isDnsLabel } from "../../../functions/contract/names.ts";

const uid = "705ab4f5-6393-11e8-b7cc-42010a800002";

describe("claimName", () => {
  it("names Pod and volume, also when both are long, and ends in a hash", () => {
    expect(claimName("web-5d4f8c7b9-", "cache", uid)).to.match(
      /^web-5d4f8c7b9-cache-[a-z0-9]{10}$/,
    );
    expect(claimName("p".repeat(253), "v".repeat(63), uid)).to.match(
      /^p{27}-v{24}-[a-z0-9]{10}$/,
    );
  });

  it("W2: gives the same request the same claim, and another request or volume another", () => {
    const name = claimName("web-", "cache", uid);
    expect(claimName("web-", "cache", uid)).to.equal(name);
    expect(claimName("web-", "cache", `${uid}x`)).not.to.equal(name);
    expect(claimName("web-", "data", uid).slice(-10)).not.to.equal(
      name.slice(-10),
    );
  });

  it("W10: is a DNS label of at most 63 characters for every Pod and volume name", () => {
    const podName = fc.stringMatching(
      /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?-?$/,
    );
    const dnsLabel = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    fc.assert(
      fc.property(podName, dnsLabel, fc.uuid(), (pod, volume, request) => {
        const name = claimName(pod, volume, request);
        expect(isDnsLabel(name), name).to.equal(true);
        expect(hasClaimNameForm(name, volume, request)).to.equal(true);
        expect(hasReadableForm(name, volume), name).to.equal(true);
      }),
    );
  });

  const unreadable: [what: string, claim: string, volume: string][] = [
    ["a StatefulSet's claim", "cache-web-0", "cache"],
    ["another volume", "web-cache-k4vtq2xw8n", "data"],
    ["no Pod", "cache-k4vtq2xw8n", "cache"],
    ["a vowel in its hash", "web-cache-k4vtq2xw8a", "cache"],
    ["a short hash", "web-cache-k4vtq2xw8", "cache"],
    ["a suffix", "web-cache-k4vtq2xw8n-2", "cache"],
    ["a dot", "web.eu-cache-k4vtq2xw8n", "cache"],
    ["64 characters", `${"w".repeat(47)}-cache-k4vtq2xw8n`, "cache"],
    ["a cut volume", `web-${"v".repeat(23)}-k4vtq2xw8n`, "v".repeat(40)],
    ["render's placeholder", "web-cache-<hash>", "cache"],
  ];
  for (const [what, claim, volume] of unreadable)
    it(`is not the form of ${what}`, () => {
      expect(hasReadableForm(claim, volume)).to.equal(false);
    });

  const ours = claimName("web-", "cache", uid);
  const foreign: [what: string, ...Parameters<typeof hasClaimNameForm>][] = [
    ["another volume", ours, "data", uid],
    ["another request", ours, "cache", "other"],
    ["a StatefulSet", "cache-web-0", "cache", uid],
    ["the hash alone", ours.slice(-10), "cache", uid],
  ];
  for (const [what, ...name] of foreign)
    it(`J19: is not the name of ${what}`, () => {
      expect(hasClaimNameForm(...name)).to.equal(false);
    });
});

import { expect } from "chai";
import fc from "fast-check";
import {
  claimName,
  hasClaimNameForm,
} from "../../../functions/contract/claim-name.ts";
import { hasReadableForm } from "../../../functions/contract/readable-name.ts";
import { isDnsLabel } from "../../../functions/kubernetes/names.ts";

const uid = "705ab4f5-6393-11e8-b7cc-42010a800002";
const dnsLabel = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);

describe("claimName", () => {
  it("names Pod and volume and ends in a hash", () => {
    expect(claimName("web-5d4f8c7b9-", "cache", uid)).to.match(
      /^web-5d4f8c7b9-cache-[a-z0-9]{10}$/,
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
    fc.assert(
      fc.property(podName, dnsLabel, fc.uuid(), (pod, volume, request) => {
        const name = claimName(pod, volume, request);
        expect(isDnsLabel(name), name).to.equal(true);
        expect(hasClaimNameForm(name, volume, request)).to.equal(true);
        expect(hasReadableForm(name, volume), name).to.equal(true);
      }),
    );
  });

  it("keeps something of the Pod and of the volume when both are long", () => {
    expect(claimName("p".repeat(253), "v".repeat(63), uid)).to.match(
      /^p{27}-v{24}-[a-z0-9]{10}$/,
    );
  });

  for (const { name, claim, volume } of [
    { name: "a StatefulSet's claim", claim: "cache-web-0", volume: "cache" },
    { name: "another volume", claim: "web-cache-k4vtq2xw8n", volume: "data" },
    { name: "no Pod", claim: "cache-k4vtq2xw8n", volume: "cache" },
    { name: "a vowel", claim: "web-cache-k4vtq2xw8a", volume: "cache" },
    { name: "a short hash", claim: "web-cache-k4vtq2xw8", volume: "cache" },
    {
      name: "a name after it",
      claim: "web-cache-k4vtq2xw8n-2",
      volume: "cache",
    },
    { name: "a dot", claim: "web.eu-cache-k4vtq2xw8n", volume: "cache" },
    {
      name: "64 characters",
      claim: `${"w".repeat(47)}-cache-k4vtq2xw8n`,
      volume: "cache",
    },
    {
      name: "less of a long volume name than any Pod leaves of it",
      claim: `web-${"v".repeat(23)}-k4vtq2xw8n`,
      volume: "v".repeat(40),
    },
    {
      name: "render's placeholder",
      claim: "web-cache-<hash>",
      volume: "cache",
    },
  ])
    it(`is not the form of a name with ${name}`, () => {
      expect(hasReadableForm(claim, volume)).to.equal(false);
    });

  const foreign = [
    {
      name: "another volume",
      claim: claimName("web-", "cache", uid),
      volume: "data",
      request: uid,
    },
    {
      name: "another request",
      claim: claimName("web-", "cache", uid),
      volume: "cache",
      request: "other",
    },
    {
      name: "a name of a StatefulSet's form",
      claim: "cache-web-0",
      volume: "cache",
      request: uid,
    },
    {
      name: "a name that is only the hash",
      claim: claimName("web-", "cache", uid).slice(-10),
      volume: "cache",
      request: uid,
    },
  ];
  for (const { name, claim, volume, request } of foreign) {
    it(`J19: does not take ${name} for ours`, () => {
      expect(hasClaimNameForm(claim, volume, request)).to.equal(false);
    });
  }
});

import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  claimsWithoutPod,
  whoseIsWhose,
} from "../../support/pods-and-claims.ts";
import { eachPodHasItsClaim } from "../../../examples/demo/stage.ts";

function aPodOn(name: string, claim: string, phase = "Running"): V1Pod {
  return {
    metadata: { name },
    spec: {
      containers: [],
      volumes: [
        { name: "config", configMap: { name: "config" } },
        { name: "cache", persistentVolumeClaim: { claimName: claim } },
      ],
    },
    status: { phase },
  };
}

function aClaim(name: string, phase = "Bound"): V1PersistentVolumeClaim {
  return {
    metadata: { name },
    spec: { resources: { requests: { storage: "10Gi" } } },
    status: { phase },
  };
}

describe("whose claim is whose", () => {
  it("is a row for each claim of a Pod, then the claims without one", () => {
    const going = aClaim("c");
    going.metadata = { ...going.metadata, deletionTimestamp: new Date(0) };
    const found = {
      pods: [aPodOn("web-1", "a"), aPodOn("web-2", "gone")],
      claims: [aClaim("a"), aClaim("b", "Pending"), going],
    };
    expect(whoseIsWhose(found)).to.deep.equal([
      ["web-1", "cache", "a", "10Gi", "Bound"],
      ["web-2", "cache", "gone", "", "missing"],
      ["(no Pod)", "", "b", "10Gi", "Pending"],
      ["(no Pod)", "", "c", "10Gi", "Terminating"],
    ]);
    expect(claimsWithoutPod(found)).to.deep.equal(["b", "c"]);
  });

  it("is right when each Pod runs on a Bound claim of its own, whatever other claims there are", () => {
    eachPodHasItsClaim(
      {
        pods: [aPodOn("web-1", "a"), aPodOn("web-2", "b")],
        claims: [aClaim("a"), aClaim("b"), aClaim("c", "Lost")],
      },
      2,
    );
  });

  const wrong = [
    {
      name: "a Pod does not run yet",
      pods: [aPodOn("web-1", "a", "Pending"), aPodOn("web-2", "b")],
      says: "1 of 2 Pods Running, 2 in all",
    },
    {
      name: "there is a Pod too many",
      pods: ["a", "b", "c"].map((name) => aPodOn(name, name)),
      says: "3 of 2 Pods Running, 3 in all",
    },
    {
      name: "two Pods share a claim",
      pods: [aPodOn("web-1", "a"), aPodOn("web-2", "a")],
      says: "2 Pods name 1 different claims in 2 volumes",
    },
    {
      name: "a claim is not there",
      pods: [aPodOn("web-1", "a"), aPodOn("web-2", "x")],
      says: "1 of 2 claims of Pods are Bound",
    },
    {
      name: "a claim is not bound",
      pods: [aPodOn("web-1", "a"), aPodOn("web-2", "c")],
      says: "1 of 2 claims of Pods are Bound",
    },
    {
      name: "a Pod has no claim at all",
      pods: [aPodOn("web-1", "a"), { status: { phase: "Running" } }],
      says: "2 Pods name 1 different claims in 1 volumes",
    },
  ];
  for (const { name, pods, says } of wrong) {
    it(`is wrong, with the reason, when ${name}`, () => {
      const claims = [aClaim("a"), aClaim("b"), aClaim("c", "Pending")];
      expect(() => eachPodHasItsClaim({ pods, claims }, 2)).to.throw(says);
    });
  }
});

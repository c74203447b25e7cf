import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { eachPodHasItsClaim } from "../../../examples/demo/stage.ts";

function aPod(claim?: string, phase = "Running"): V1Pod {
  const volumes =
    claim === undefined
      ? []
      : [{ name: "cache", persistentVolumeClaim: { claimName: claim } }];
  return { spec: { containers: [], volumes }, status: { phase } };
}

function aClaim(name: string, phase = "Bound"): V1PersistentVolumeClaim {
  return { metadata: { name }, status: { phase } };
}

const claims = [aClaim("a"), aClaim("b"), aClaim("c", "Pending")];

describe("a demonstration of two Pods with a claim each", () => {
  it("goes on when each runs on a Bound claim of its own, whatever other claims there are", () => {
    eachPodHasItsClaim({ pods: [aPod("a"), aPod("b")], claims }, 2);
  });

  for (const { name, pods, reason } of [
    {
      name: "a Pod does not run yet",
      pods: [aPod("a", "Pending"), aPod("b")],
      reason: "1 of 2 Pods Running, 2 in all",
    },
    {
      name: "there is a Pod too many",
      pods: [aPod("a"), aPod("b"), aPod("c")],
      reason: "3 of 2 Pods Running, 3 in all",
    },
    {
      name: "two Pods share a claim",
      pods: [aPod("a"), aPod("a")],
      reason: "2 Pods name 1 different claims in 2 volumes",
    },
    {
      name: "a claim does not exist",
      pods: [aPod("a"), aPod("x")],
      reason: "1 of 2 claims of Pods are Bound",
    },
    {
      name: "a claim is not bound",
      pods: [aPod("a"), aPod("c")],
      reason: "1 of 2 claims of Pods are Bound",
    },
    {
      name: "a Pod has no claim",
      pods: [aPod("a"), aPod()],
      reason: "2 Pods name 1 different claims in 1 volumes",
    },
  ])
    it(`stops, with the reason, when ${name}`, () => {
      expect(() => eachPodHasItsClaim({ pods, claims }, 2)).to.throw(reason);
    });
});

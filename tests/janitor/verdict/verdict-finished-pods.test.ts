import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import type { Verdict } from "../../../janitor/verdict/reasons.ts";
import { aClaim, HOUR, LOST_NODE, NOW, podOf, RUNNING } from "../objects.ts";
import { FINISHED_PODS, verdictOn } from "./verdict-cases.ts";

describe("verdict on finished Pods", () => {
  const claim = aClaim({
    createdAt: NOW - 240 * HOUR,
    annotations: { [FINISHED_PODS]: "Release" },
  });
  const inPhase = (phase: string): V1Pod => podOf(claim, "p", { phase });
  const judge = (...phases: readonly string[]): Verdict =>
    verdictOn(claim, phases.map(inPhase));

  it("J4 Release waits for the last of several Pods", () => {
    expect(judge("Succeeded", "Running", "Failed")).to.include({
      reason: "in-use",
      why: "used by Pod p (Running)",
    });
    expect(judge("Succeeded", "Failed")).to.include({
      decision: "delete",
      why: "named by finished Pods p (Succeeded), p (Failed) only, 10d old; it stays Terminating, and its volume stays, until these Pods are deleted",
    });
  });

  it("J5 Release does not take the word of the control plane for a lost node's", () => {
    const lost = podOf(claim, "p", {
      phase: "Failed",
      status: { conditions: [LOST_NODE], containerStatuses: [RUNNING] },
    });
    expect(verdictOn(claim, [lost])).to.include({
      reason: "in-use",
      why: "used by Pod p (Failed, may still run)",
    });
  });
});

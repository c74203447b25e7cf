import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { finishOf, isFinished } from "../../../janitor/verdict/finished-pod.ts";
import { aPod, ENDED, LOST_NODE, RUNNING } from "../objects.ts";

type Status = Omit<NonNullable<V1Pod["status"]>, "phase">;

function failed(status: Status = {}): V1Pod {
  return aPod("web-1", [], { phase: "Failed", status });
}

describe("isFinished", () => {
  const finished: Record<string, V1Pod> = {
    "a Succeeded Pod": aPod("job-1", [], {
      phase: "Succeeded",
      status: { containerStatuses: [ENDED, ENDED] },
    }),
    "a Failed Pod": failed({ containerStatuses: [ENDED] }),
    "a Pod that failed before it had a container or a node": aPod("job-1", [], {
      phase: "Failed",
      node: null,
    }),
    "an evicted Pod, which its kubelet calls Failed at the end": failed({
      reason: "Evicted",
      containerStatuses: [ENDED],
      conditions: [{ ...LOST_NODE, reason: "TerminationByKubelet" }],
    }),
  };
  const running: Record<string, V1Pod> = {
    "a Pending Pod": aPod("web-1", [], { phase: "Pending" }),
    "a Pod without a known phase": aPod("web-1", [], { phase: "Unknown" }),
    "a Pod without a status": { metadata: { name: "web-1" } },
    "a Running Pod whose one container has ended": aPod("web-1", [], {
      status: { containerStatuses: [ENDED] },
    }),
    "J5 a Failed Pod that was given up with its node": failed({
      conditions: [LOST_NODE],
    }),
    "J5 a Failed Pod that is Terminating": aPod("web-1", [], {
      phase: "Failed",
      terminating: true,
    }),
    "a Failed Pod with a container that runs": failed({
      containerStatuses: [ENDED, RUNNING],
    }),
    "a Failed Pod with an init container that runs": failed({
      initContainerStatuses: [RUNNING],
    }),
    "a Failed Pod with an ephemeral container that runs": failed({
      ephemeralContainerStatuses: [RUNNING],
    }),
  };
  for (const [cases, expected] of [
    [finished, true],
    [running, false],
  ] as const)
    for (const [name, pod] of Object.entries(cases))
      it(`J4 is ${String(expected)} for ${name}`, () => {
        expect(isFinished(pod)).to.equal(expected);
        // The part of the status that the janitor keeps must give the same.
        if (pod.status)
          expect(isFinished({ ...pod, status: finishOf(pod.status) })).to.equal(
            expected,
          );
      });
});

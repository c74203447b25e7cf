import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { finishOf, isFinished } from "../../../janitor/verdict/finished-pod.ts";
import { aPod, ENDED, LOST_NODE, RUNNING } from "../objects.ts";

type Status = Omit<NonNullable<V1Pod["status"]>, "phase">;

function failed(status: Status = {}): V1Pod {
  return aPod("web-1", [], { phase: "Failed", status });
}

function pod(phase: string, over: Parameters<typeof aPod>[2] = {}): V1Pod {
  return aPod("web-1", [], { phase, ...over });
}

describe("isFinished", () => {
  const ended = { containerStatuses: [ENDED] };
  const byKubelet = { ...LOST_NODE, reason: "TerminationByKubelet" };
  const evicted = { reason: "Evicted", ...ended, conditions: [byKubelet] };
  const finished: [name: string, pod: V1Pod][] = [
    ["a Succeeded Pod", pod("Succeeded", { status: ended })],
    ["a Failed Pod", failed(ended)],
    ["a Pod that failed before it had a node", pod("Failed", { node: null })],
    [
      "an evicted Pod, which its kubelet calls Failed at the end",
      failed(evicted),
    ],
  ];
  const lost = { conditions: [LOST_NODE] };
  const mixed = { containerStatuses: [ENDED, RUNNING] };
  const init = { initContainerStatuses: [RUNNING] };
  const ephemeral = { ephemeralContainerStatuses: [RUNNING] };
  const running: typeof finished = [
    ["a Pending Pod", pod("Pending")],
    ["a Pod without a known phase", pod("Unknown")],
    ["a Pod without a status", { metadata: { name: "web-1" } }],
    [
      "a Running Pod whose container has ended",
      pod("Running", { status: ended }),
    ],
    ["J5 a Failed Pod that was given up with its node", failed(lost)],
    [
      "J5 a Failed Pod that is Terminating",
      pod("Failed", { terminating: true }),
    ],
    ["a Failed Pod with a container that runs", failed(mixed)],
    ["a Failed Pod with an init container that runs", failed(init)],
    ["a Failed Pod with an ephemeral container that runs", failed(ephemeral)],
  ];
  for (const [cases, expected] of [
    [finished, true],
    [running, false],
  ] as const)
    for (const [name, given] of cases)
      it(`J4 is ${String(expected)} for ${name}`, () => {
        expect(isFinished(given)).to.equal(expected);
        // The part of the status that the janitor keeps must give the same.
        if (given.status)
          expect(
            isFinished({ ...given, status: finishOf(given.status) }),
          ).to.equal(expected);
      });
});

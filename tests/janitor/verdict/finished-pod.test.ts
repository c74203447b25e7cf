import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { finishOf, isFinished } from "../../../janitor/verdict/finished-pod.ts";
import { aPod, ENDED, LOST_NODE, RUNNING } from "../objects.ts";

describe("isFinished", () => {
  const cases: { name: string; pod: V1Pod; finished: boolean }[] = [
    ...["Pending", "Running", "Unknown", ""].map((phase) => ({
      name: `a Pod in phase ${JSON.stringify(phase)}`,
      pod: aPod("web-1", [], { phase }),
      finished: false,
    })),
    {
      name: "a Pod without a status",
      pod: { metadata: { name: "web-1" } },
      finished: false,
    },
    {
      name: "a running Pod whose one container has ended",
      pod: aPod("web-1", [], { status: { containerStatuses: [ENDED] } }),
      finished: false,
    },
    {
      name: "a Succeeded Pod",
      pod: aPod("job-1", [], {
        phase: "Succeeded",
        status: { containerStatuses: [ENDED, ENDED] },
      }),
      finished: true,
    },
    {
      name: "a Failed Pod",
      pod: aPod("job-1", [], {
        phase: "Failed",
        status: { containerStatuses: [ENDED] },
      }),
      finished: true,
    },
    {
      name: "a Pod that failed before it had a container or a node",
      pod: aPod("job-1", [], { phase: "Failed", node: null }),
      finished: true,
    },
    {
      name: "an evicted Pod, which its kubelet calls Failed when it is through",
      pod: aPod("web-1", [], {
        phase: "Failed",
        status: {
          reason: "Evicted",
          containerStatuses: [ENDED],
          conditions: [{ ...LOST_NODE, reason: "TerminationByKubelet" }],
        },
      }),
      finished: true,
    },
    {
      name: "J5 a Failed Pod that was given up with its node",
      pod: aPod("web-1", [], {
        phase: "Failed",
        status: { conditions: [LOST_NODE] },
      }),
      finished: false,
    },
    {
      name: "J5 a Failed Pod that is Terminating",
      pod: aPod("web-1", [], { phase: "Failed", terminating: true }),
      finished: false,
    },
    ...(
      [
        "containerStatuses",
        "initContainerStatuses",
        "ephemeralContainerStatuses",
      ] as const
    ).map((kind) => ({
      name: `a Failed Pod that was last seen running one of its ${kind}`,
      pod: aPod("web-1", [], {
        phase: "Failed",
        status: { [kind]: [ENDED, RUNNING] },
      }),
      finished: false,
    })),
  ];
  for (const { name, pod, finished } of cases)
    it(`J4 ${finished ? "is true for" : "is not true for"} ${name}`, () => {
      expect(isFinished(pod)).to.equal(finished);
      // What is kept of a Pod's status must tell the same.
      if (pod.status)
        expect(isFinished({ ...pod, status: finishOf(pod.status) })).to.equal(
          finished,
        );
    });
});

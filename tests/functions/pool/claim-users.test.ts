import { expect } from "chai";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { ListedPod } from "../../../functions/pool/claim-users.ts";
import { before, pod } from "./pool-builders.ts";

const TERMINATED = {
  terminated: { exitCode: 1, finishedAt: new Date(before(9)) },
};
const RUNNING = { running: {} };

/** A finished Pod of two containers on claim `a`. */
function finished(
  status: object,
  states: readonly object[] | undefined,
): ListedPod {
  return {
    ...pod("p", "a"),
    spec: { containers: [{ name: "one" }, { name: "two" }] },
    status: {
      phase: "Failed",
      ...(states && {
        containerStatuses: states.map((state, index) => ({
          name: `c${index}`,
          state,
        })),
      }),
      ...status,
    },
  } as ListedPod;
}

describe("claimUsers", () => {
  const cases: readonly (readonly [string, ListedPod, held: boolean])[] = [
    ["Succeeded", finished({ phase: "Succeeded" }, undefined), false],
    [
      "Failed, every container ended",
      finished({}, [TERMINATED, TERMINATED]),
      false,
    ],
    [
      "Evicted, every container ended",
      finished({ reason: "Evicted" }, [TERMINATED, TERMINATED]),
      false,
    ],
    [
      "Failed on a lost node, a container running when it was last seen",
      finished({}, [TERMINATED, RUNNING]),
      true,
    ],
    [
      "Failed, one container without a report",
      finished({}, [TERMINATED]),
      true,
    ],
    [
      "Failed on a lost node, a container waiting when it was last seen",
      finished({}, [TERMINATED, { waiting: { reason: "ContainerCreating" } }]),
      true,
    ],
    [
      "rejected by its kubelet",
      finished({ reason: "OutOfcpu" }, undefined),
      false,
    ],
    ["Failed without a word", finished({}, undefined), true],
    [
      "collected from a lost node before its kubelet reported anything",
      finished(
        {
          reason: "NodeLost",
          conditions: [
            {
              type: "DisruptionTarget",
              status: "True",
              reason: "DeletionByPodGC",
            },
          ],
        },
        undefined,
      ),
      true,
    ],
  ];
  for (const [title, one, held] of cases)
    it(`finds that a Pod ${title} ${held ? "holds its claim, on its way out" : "does not hold its claim"}`, () => {
      const { byClaim } = claimUsers([one], [one]);
      expect(byClaim.get("a")?.map(({ leaving }) => leaving)).to.deep.equal(
        held ? [true] : undefined,
      );
    });

  it("counts a Pod that finished after it was listed, and one that is in neither list of finished Pods", () => {
    const { byClaim } = claimUsers([pod("p", "a")], []);
    expect(byClaim.get("a")).to.have.length(1);
  });

  it("knows when the last container ended", () => {
    const one = finished({}, [TERMINATED, TERMINATED]);
    expect(claimUsers([one], [one]).endedAt.get("a")).to.equal(
      Date.parse(before(9)),
    );
  });

  it("finds every claim of a Pod by its labels", () => {
    const two = pod("p", "a", {
      labels: {
        "volume-claim/name": "a",
        "volume-claim/data": "a",
        "volume-claim/log": "b",
      },
    });
    expect([...claimUsers([two], []).byClaim.keys()]).to.deep.equal(["a", "b"]);
  });
});

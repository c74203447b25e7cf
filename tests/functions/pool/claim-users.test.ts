import { expect } from "chai";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { ListedPod } from "../../../functions/pool/claim-users.ts";
import { before, NOW, ofReplicaSet, pod } from "./pool-builders.ts";

const TERMINATED = {
  terminated: { exitCode: 1, finishedAt: new Date(before(9)) },
};

/** A finished Pod of two containers on claim `a`. */
function finished(
  status: object,
  states: readonly object[],
  metadata = {},
): ListedPod {
  return {
    ...pod("p", "a", metadata),
    spec: { containers: [{ name: "one" }, { name: "two" }] },
    status: {
      phase: "Failed",
      containerStatuses: states.map((state, index) => ({
        name: index === 0 ? "one" : "two",
        state,
      })),
      ...status,
    },
  } as ListedPod;
}

describe("claimUsers", () => {
  const cases: readonly (readonly [string, ListedPod, why?: string])[] = [
    ["that Succeeded", finished({ phase: "Succeeded" }, [TERMINATED])],
    ["that Failed and has ended", finished({}, [TERMINATED, TERMINATED])],
    [
      "that Failed, a container waiting when it was last seen",
      finished({}, [TERMINATED, { waiting: { reason: "ContainerCreating" } }]),
      "failed, and it is not certain that its containers have ended",
    ],
    [
      "that has ended and is Terminating",
      finished({}, [TERMINATED, TERMINATED], {
        deletionTimestamp: new Date(NOW),
      }),
      "is terminating",
    ],
  ];
  for (const [title, one, why] of cases)
    it(`finds that a Pod ${title} ${why === undefined ? "does not hold its claim" : `holds its claim, on its way out: it ${why}`}`, () => {
      const { byClaim } = claimUsers([one], [one]);
      expect(byClaim.get("a")).to.deep.equal(
        why === undefined
          ? undefined
          : [
              {
                name: "p",
                origin: undefined,
                finished: true,
                leaving: true,
                why,
              },
            ],
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

  it("knows the workload and the ReplicaSet of a Pod", () => {
    const one = pod("p", "a", ofReplicaSet("6f7d", "a"));
    expect(claimUsers([one], []).byClaim.get("a")?.[0]?.origin).to.deep.equal({
      workload: "Deployment web",
      controller: "uid-of-web-6f7d",
    });
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

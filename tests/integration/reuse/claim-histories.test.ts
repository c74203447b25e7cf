import { expect } from "chai";
import type { Lease } from "../../../functions/contract/lease.ts";
import { ClaimHistories } from "./claim-histories.ts";

/** A lease that begins so many seconds after the epoch. */
function lease(requestUid: string, second: number): Lease {
  return { requestUid, at: second * 1_000 };
}

describe("the histories of claims", () => {
  /** Seconds since the epoch. */
  let now = 0;
  let histories: ClaimHistories;
  beforeEach(() => {
    now = 100;
    histories = new ClaimHistories(() => now * 1_000);
  });

  it("tell what happened to a claim, each thing once in a row", () => {
    histories.leaseSeen("a", lease("uid-1", 101));
    histories.leaseSeen("a", lease("uid-1", 101));
    now = 102;
    histories.podCame("a", "web-1");
    histories.podCame("b", "web-2");
    now = 103;
    histories.podWent("a", "web-1");
    histories.leaseSeen("a", undefined);
    expect(histories.of("a").split("; ")).to.deep.equal([
      "1970-01-01T00:01:40.000Z its lease is of uid-1, from 1970-01-01T00:01:41.000Z",
      "1970-01-01T00:01:42.000Z Pod web-1 is there",
      "1970-01-01T00:01:43.000Z Pod web-1 is gone",
      "1970-01-01T00:01:43.000Z it has no lease",
    ]);
  });

  it("count the Pods that come to a claim after another one", () => {
    histories.podCame("a", "web-1");
    histories.podWent("a", "web-1");
    histories.podCame("a", "web-2");
    histories.podWent("a", "web-2");
    histories.podCame("a", "web-3");
    histories.podCame("b", "web-4");
    histories.leaseSeen("c", undefined);
    expect(histories.handOvers()).to.equal(2);
  });

  it("know the longest time from a lease to its Pod", () => {
    histories.leaseSeen("a", lease("uid-1", 100));
    histories.leaseSeen("b", lease("uid-2", 101));
    now = 107;
    histories.podCame("a", "web-1");
    histories.podCame("b", "web-2");
    expect(histories.longestToPod()).to.equal(7_000);
  });

  it("count from the latest lease of a claim, also when the Pod is seen before that lease", () => {
    histories.leaseSeen("a", lease("uid-1", 100));
    now = 160;
    histories.podCame("a", "web-1");
    now = 161;
    histories.leaseSeen("a", lease("uid-2", 157));
    expect(histories.longestToPod()).to.equal(3_000);
  });

  it("count a lease that begins in the near future, and not one of a later Pod", () => {
    histories.leaseSeen("a", lease("uid-1", 102));
    now = 101;
    histories.podCame("a", "web-1");
    expect(histories.longestToPod()).to.equal(0);
    now = 130;
    histories.leaseSeen("a", lease("uid-2", 130));
    now = 134;
    histories.podCame("a", "web-2");
    expect(histories.longestToPod()).to.equal(4_000);
  });
});

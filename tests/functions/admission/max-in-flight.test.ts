import { expect } from "chai";
import fc from "fast-check";
import { maxInFlight } from "../../../functions/admission/max-in-flight.ts";
import type {
  Place,
  Shortage,
} from "../../../functions/admission/max-in-flight.ts";

function isPlace(place: Place | Shortage): place is Place {
  return typeof place !== "string";
}

describe("maxInFlight", () => {
  it("W13: rejects one admission too many at once, and accepts the next one when another has left", () => {
    const { enter } = maxInFlight({ requests: 2, memory: 100 });
    const first = enter(0);
    expect(isPlace(first)).to.equal(true);
    expect(isPlace(enter(0))).to.equal(true);
    expect(enter(0)).to.equal("requests");
    if (isPlace(first)) first.leave();
    expect(isPlace(enter(0))).to.equal(true);
  });

  it("rejects what does not fit into the free memory, and takes nothing of it", () => {
    const { enter } = maxInFlight({ requests: 10, memory: 100 });
    const place = enter(60);
    expect(enter(41)).to.equal("memory");
    if (!isPlace(place)) throw new Error("the first has a place");
    expect(place.grow(41)).to.equal(false);
    expect(place.grow(40)).to.equal(true);
    expect(enter(1)).to.equal("memory");
    place.leave();
    expect(isPlace(enter(100))).to.equal(true);
  });

  it("never holds more than its limits, and everything is free when all have left", () => {
    const step = fc.oneof(
      fc.record({ enter: fc.nat(60) }),
      fc.record({ grow: fc.nat(60), whose: fc.nat(9) }),
      fc.record({ leave: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { enter } = maxInFlight({ requests: 3, memory: 100 });
        const held = new Map<Place, number>();
        const all: Place[] = [];
        for (const each of steps) {
          if ("enter" in each) {
            const place = enter(each.enter);
            if (!isPlace(place)) continue;
            all.push(place);
            held.set(place, each.enter);
          } else if ("grow" in each) {
            const place = all[each.whose % Math.max(1, all.length)];
            if (place?.grow(each.grow))
              held.set(place, (held.get(place) ?? NaN) + each.grow);
          } else {
            const place = all[each.leave % Math.max(1, all.length)];
            place?.leave();
            if (place) held.delete(place);
          }
          expect(held.size).to.be.at.most(3);
          const memory = [...held.values()].reduce((sum, one) => sum + one, 0);
          expect(memory).to.be.at.most(100);
        }
        for (const place of all) place.leave();
        expect(isPlace(enter(100))).to.equal(true);
      }),
    );
  });
});

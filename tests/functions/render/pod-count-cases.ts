import { expect } from "chai";
import type { Problem } from "../../../functions/field/problem.ts";
import { podCountOf } from "../../../functions/render/pod-count.ts";
import type { PodCount } from "../../../functions/render/pod-count.ts";

/** An object, the way to its Pod template, and what is to be counted of its Pods. */
export interface PodCountCase {
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** `spec.template` by default. */
  readonly path?: readonly (string | number)[];
  /** Only what is named here is compared. */
  readonly count: Partial<PodCount>;
}

/** A test for each case: it is counted, and nothing is wrong with it. */
export function itCounts(cases: readonly PodCountCase[]): void {
  for (const { name, object, path = ["spec", "template"], count } of cases)
    it(`counts ${name}`, () => {
      const problems: Problem[] = [];
      expect(podCountOf(object, path, problems)).to.include(count);
      expect(problems).to.deep.equal([]);
    });
}

import { expect } from "chai";
import { ALL_WAYS, CLONE_SET, PARALLEL, workloadOf } from "./ways.ts";

const POD = "spec.template.spec";

describe("the workloads of the ways", () => {
  for (const way of ALL_WAYS)
    it(`have no Pods at first, and Pods that mount their volume: ${way.name}`, () => {
      const workload = workloadOf(way, "here");
      expect(workload).to.have.nested.property("spec.replicas", 0);
      expect(workload).to.have.nested.property(
        `${POD}.containers[0].volumeMounts[0].name`,
        "cache",
      );
    });

  it("have the claim of a CloneSet where a StatefulSet has it, and no other volume", () => {
    const { spec } = workloadOf(CLONE_SET, "here");
    const { volumeClaimTemplates } = workloadOf(PARALLEL, "here").spec;
    expect(volumeClaimTemplates).to.have.lengthOf(1);
    expect(spec).to.deep.include({ volumeClaimTemplates });
    expect(spec).to.not.have.nested.property("template.spec.volumes");
  });
});

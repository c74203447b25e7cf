import { expect } from "chai";
import {
  CLONE_SET,
  cloneSetOf,
  DELETE,
  deploymentOf,
  PARALLEL,
  statefulSetOf,
} from "./ways.ts";

describe("the workloads of the ways", () => {
  it("have no Pods at first", () => {
    for (const workload of [
      deploymentOf(DELETE),
      statefulSetOf(PARALLEL),
      cloneSetOf(CLONE_SET),
    ])
      expect(workload).to.have.nested.property("spec.replicas", 0);
  });

  it("have the claim of a CloneSet where a StatefulSet has it", () => {
    const claims = statefulSetOf(PARALLEL).spec?.volumeClaimTemplates;
    expect(cloneSetOf(CLONE_SET)).to.have.nested.property(
      "spec.volumeClaimTemplates",
      claims,
    );
  });

  it("mount the claim of a CloneSet, and have no other volume in its Pods", () => {
    const path = "spec.template.spec";
    const cloneSet = cloneSetOf(CLONE_SET);
    expect(cloneSet).to.have.nested.property(
      `${path}.containers[0].volumeMounts[0].name`,
      "cache",
    );
    expect(cloneSet).to.not.have.nested.property(`${path}.volumes`);
  });
});

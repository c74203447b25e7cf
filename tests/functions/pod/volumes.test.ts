import { expect } from "chai";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { resolveVolume } from "../../../functions/pod/volumes.ts";
import { aPod } from "../../support/builders.ts";
import { mounted, neither, RESOLVED, INVALID } from "./volume-cases.ts";
import type { VolumeCase } from "./volume-cases.ts";

function resolve({
  block,
  volumes = [],
  containers,
  initContainers,
}: VolumeCase) {
  const pod = aPod({ volumes });
  if (pod.spec)
    pod.spec = {
      ...pod.spec,
      containers,
      ...(initContainers && { initContainers }),
    };
  return resolveVolume(pod, { volume: "disk", block });
}

describe("resolveVolume", () => {
  for (const { kind, ...one } of RESOLVED)
    it(`takes ${one.name}`, () => {
      expect(resolve(one)).to.have.property("kind", kind);
    });

  for (const { says, ...one } of INVALID)
    it(`W9: refuses ${one.name}`, () => {
      const podVolume = resolve(one);
      expect(podVolume.kind).to.equal("invalid");
      if (podVolume.kind === "invalid")
        expect(podVolume.errors.map(fieldMessage)).to.deep.equal(says);
    });

  it("points at the place of a problem", () => {
    const podVolume = resolve({
      name: "",
      block: true,
      containers: [neither, mounted],
    });
    expect(podVolume.kind).to.equal("invalid");
    if (podVolume.kind === "invalid")
      expect(podVolume.errors[0]?.path).to.deep.equal([
        "spec",
        "containers",
        1,
        "volumeMounts",
        0,
      ]);
  });

  it("takes lists that are null for empty ones, as Go writes them", () => {
    const pod = aPod();
    pod.spec = JSON.parse(
      '{"containers":[{"name":"a","volumeMounts":null,"volumeDevices":null}],"initContainers":null,"volumes":null}',
    ) as NonNullable<typeof pod.spec>;
    expect(
      resolveVolume(pod, { volume: "disk", block: true }),
    ).to.have.property("kind", "invalid");
  });
});

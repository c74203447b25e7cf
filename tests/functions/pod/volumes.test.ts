import { expect } from "chai";
import { placeVolume } from "../../../functions/pod/volumes.ts";
import { aPod } from "../../support/builders.ts";
import { mounted, neither, PLACED, REFUSED } from "./volume-cases.ts";
import type { PlacementCase } from "./volume-cases.ts";

function place({
  block,
  volumes = [],
  containers,
  initContainers,
}: PlacementCase) {
  const pod = aPod({ volumes });
  if (pod.spec)
    pod.spec = {
      ...pod.spec,
      containers,
      ...(initContainers && { initContainers }),
    };
  return placeVolume(pod, { volume: "disk", block });
}

describe("placeVolume", () => {
  for (const { kind, ...one } of PLACED)
    it(`takes ${one.name}`, () => {
      expect(place(one)).to.have.property("kind", kind);
    });

  for (const { says, ...one } of REFUSED)
    it(`W9: refuses ${one.name}`, () => {
      const placement = place(one);
      expect(placement.kind).to.equal("refused");
      if (placement.kind === "refused")
        expect(placement.problems.map(({ message }) => message)).to.deep.equal(
          says,
        );
    });

  it("points at the place of a problem", () => {
    const placement = place({
      name: "",
      block: true,
      containers: [neither, mounted],
    });
    expect(placement.kind).to.equal("refused");
    if (placement.kind === "refused")
      expect(placement.problems[0]?.path).to.deep.equal([
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
    expect(placeVolume(pod, { volume: "disk", block: true })).to.have.property(
      "kind",
      "refused",
    );
  });
});

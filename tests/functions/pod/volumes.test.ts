import { readFileSync } from "node:fs";
import type { V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { parse } from "yaml";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { resolveVolume } from "../../../functions/pod/volumes.ts";
import type { PodVolume } from "../../../functions/pod/volumes.ts";

interface Case {
  readonly block?: boolean;
  readonly spec: V1PodSpec;
}

type Cases<More = object> = Readonly<Record<string, Case & More>>;

const { replace, append, reject } = parse(
  readFileSync(new URL("volumes.yaml", import.meta.url), "utf8"),
) as {
  readonly replace: Cases;
  readonly append: Cases;
  readonly reject: Cases<{ readonly says: string }>;
};

function resolve({ block, spec }: Case): PodVolume {
  return resolveVolume({ spec }, { volume: "disk", block });
}

describe("resolveVolume", () => {
  for (const [kind, cases] of Object.entries({ replace, append }))
    for (const [what, one] of Object.entries(cases))
      it(`decides to ${kind} ${what}`, () => {
        expect(resolve(one)).to.have.property("kind", kind);
      });

  for (const [what, { says, ...one }] of Object.entries(reject))
    it(`W9: rejects ${what}`, () => {
      const podVolume = resolve(one);
      if (podVolume.kind !== "invalid") throw new Error(podVolume.kind);
      expect(podVolume.errors.map(fieldMessage)).to.deep.equal([says]);
    });

  it("gives the path of an error", () => {
    const one = reject["a mount of a device in an init container"];
    expect(one && resolve(one))
      .to.have.nested.property("errors[0].path")
      .that.deep.equals(["spec", "initContainers", 1, "volumeMounts", 0]);
  });

  it("takes a list that is null for an empty one, as Go writes it", () => {
    const pod = JSON.parse(
      '{"spec":{"containers":[{"name":"a","volumeMounts":null,"volumeDevices":null}],"initContainers":null,"volumes":null}}',
    ) as V1Pod;
    expect(
      resolveVolume(pod, { volume: "disk", block: true }),
    ).to.have.property("kind", "invalid");
  });
});

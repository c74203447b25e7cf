import { expect } from "chai";
import type { V1Container, V1Volume } from "@kubernetes/client-node";
import { placeVolume } from "../../../functions/pod/volume-placement.ts";
import { aPod } from "../../support/builders.ts";

const placeholder: V1Volume = { name: "disk", emptyDir: {} };
const mounted: V1Container = {
  name: "app",
  volumeMounts: [{ name: "disk", mountPath: "/disk" }],
};
const device: V1Container = {
  name: "app",
  volumeDevices: [{ name: "disk", devicePath: "/dev/disk" }],
};
const neither: V1Container = { name: "sidecar" };

interface Case {
  readonly name: string;
  readonly block: boolean;
  readonly volumes?: V1Volume[];
  readonly containers: V1Container[];
  readonly initContainers?: V1Container[];
}

function place({ block, volumes = [], containers, initContainers }: Case) {
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
  const placed: (Case & { readonly kind: string })[] = [
    {
      name: "a placeholder that is mounted",
      block: false,
      volumes: [placeholder],
      containers: [mounted],
      kind: "replace",
    },
    {
      name: "a placeholder that nobody mounts",
      block: false,
      volumes: [placeholder],
      containers: [neither],
      kind: "replace",
    },
    {
      name: "a mounted volume that is not declared",
      block: false,
      containers: [neither, mounted],
      kind: "append",
    },
    {
      name: "a device that is not declared",
      block: true,
      containers: [neither, device],
      kind: "append",
    },
    {
      name: "a device of an init container",
      block: true,
      containers: [neither],
      initContainers: [device],
      kind: "append",
    },
  ];
  for (const { kind, ...one } of placed)
    it(`takes ${one.name}`, () => {
      expect(place(one)).to.have.property("kind", kind);
    });

  const refused: (Case & { readonly says: readonly string[] })[] = [
    {
      name: "a device that no container names",
      block: true,
      containers: [neither],
      says: [
        'volume "disk" has volumeMode Block and is in no container\'s volumeDevices; name it there',
      ],
    },
    {
      name: "a device that is declared as a directory",
      block: true,
      volumes: [placeholder],
      containers: [device],
      says: [
        'spec.volumes[0] "disk" is an emptyDir, which is no device for volumeMode Block; leave the volume out of spec.volumes',
      ],
    },
    {
      name: "a device that is mounted",
      block: true,
      containers: [mounted],
      says: [
        'spec.containers[0].volumeMounts[0] "disk" does not go with volumeMode Block; name the volume in volumeDevices',
      ],
    },
    {
      name: "a device that one container mounts and another does not",
      block: true,
      containers: [device],
      initContainers: [neither, mounted],
      says: [
        'spec.initContainers[1].volumeMounts[0] "disk" does not go with volumeMode Block; name the volume in volumeDevices',
      ],
    },
    {
      name: "a file system that is used as a device",
      block: false,
      containers: [device],
      says: [
        'spec.containers[0].volumeDevices[0] "disk" does not go with volumeMode Filesystem; name the volume in volumeMounts or make it volumeMode: Block',
      ],
    },
    {
      name: "a placeholder that is used as a device",
      block: false,
      volumes: [placeholder],
      containers: [mounted, device],
      says: [
        'spec.containers[1].volumeDevices[0] "disk" does not go with volumeMode Filesystem; name the volume in volumeMounts or make it volumeMode: Block',
      ],
    },
    {
      name: "a tmpfs that is used as a device",
      block: true,
      volumes: [{ name: "disk", emptyDir: { medium: "Memory" } }],
      containers: [device],
      says: [
        'spec.volumes[0] "disk" is an emptyDir, which is no device for volumeMode Block; leave the volume out of spec.volumes',
      ],
    },
  ];
  for (const { says, ...one } of refused)
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

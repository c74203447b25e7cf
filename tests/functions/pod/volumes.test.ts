import type { V1Container, V1Pod, V1Volume } from "@kubernetes/client-node";
import { expect } from "chai";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { resolveVolume } from "../../../functions/pod/volumes.ts";
import type { PodVolume } from "../../../functions/pod/volumes.ts";

/** volumeMode Block or not, or an unknown mode, and what stands in the Pod's spec. */
type VolumeCase = [
  block: boolean | undefined,
  volumes: V1Volume[] | undefined,
  containers: V1Container[],
  initContainers?: V1Container[],
];

const placeholder: V1Volume = { name: "disk", emptyDir: {} };
const memory: V1Volume = { name: "disk", emptyDir: { medium: "Memory" } };
const hostPath: V1Volume = { name: "disk", hostPath: { path: "/disk" } };
const claim: V1Volume = {
  name: "disk",
  persistentVolumeClaim: { claimName: "mine" },
};
const logs: V1Volume = { name: "logs", emptyDir: {} };

/** A container that mounts volumes, given as `name:path`. */
function mounts(...mounted: string[]): V1Container {
  return {
    name: "app",
    volumeMounts: mounted.map((one) => {
      const [name = "", mountPath = ""] = one.split(":");
      return { name, mountPath };
    }),
  };
}

const mounted = mounts("disk:/disk");
const device: V1Container = {
  name: "app",
  volumeDevices: [{ name: "disk", devicePath: "/dev/disk" }],
};
const neither: V1Container = { name: "sidecar" };

function resolve(
  ...[block, volumes, containers, initContainers]: VolumeCase
): PodVolume {
  const spec = { volumes, containers, initContainers } as V1Pod["spec"];
  return resolveVolume({ ...(spec && { spec }) }, { volume: "disk", block });
}

function place(of: string, index = 0): string {
  return `spec.${of}[${index}]`;
}

function samePath(one: string, other: string, path: string): string {
  return `${one} "disk" has the path of ${other}, "${path}"; give each a path of its own`;
}

function notEmptyDir(type: string): string {
  return `spec.volumes[0] "disk" is of type ${type}; only an emptyDir can become a claim`;
}

const all = mounts("disk:/disk", "disk:/more", "a:/a", "b:/a");

describe("resolveVolume", () => {
  const resolved: [kind: string, what: string, ...VolumeCase][] = [
    ["replace", "a mounted placeholder", false, [placeholder], [mounted]],
    ["replace", "an unused placeholder", false, [placeholder], [neither]],
    ["replace", "one beside a clash of others", false, [placeholder], [all]],
    ["replace", "one of unknown mode", undefined, [placeholder], [device]],
    ["append", "an undeclared mount", false, undefined, [neither, mounted]],
    ["append", "an undeclared device", true, undefined, [neither, device]],
    ["append", "one of an init container", true, [], [neither], [device]],
    ["append", "a device of unknown mode", undefined, [], [device]],
    ["append", "a mount of unknown mode", undefined, [], [mounted]],
  ];
  for (const [kind, what, ...one] of resolved)
    it(`decides to ${kind} ${what}`, () => {
      expect(resolve(...one)).to.have.property("kind", kind);
    });

  const BLOCK_EMPTY_DIR =
    'spec.volumes[0] "disk" is an emptyDir, which is not a device for volumeMode Block; leave the volume out of spec.volumes';
  const NOT_FOR_BLOCK =
    '"disk" does not go with volumeMode Block; name the volume in volumeDevices';
  const NOT_FOR_FILES =
    '"disk" does not go with volumeMode Filesystem; name the volume in volumeMounts or make it volumeMode: Block';
  const TWICE =
    'volume "disk" is declared 2 times in spec.volumes; declare it once';
  const [own, init] = [place("containers"), place("initContainers")];
  const second = place("containers", 1);
  const invalid: Readonly<Record<string, readonly VolumeCase[]>> = {
    'volume "disk" has volumeMode Block and is in no container\'s volumeDevices; name it there':
      [[true, [], [neither]]],
    [BLOCK_EMPTY_DIR]: [
      [true, [placeholder], [device]],
      [true, [memory], [device]],
    ],
    [`${own}.volumeMounts[0] ${NOT_FOR_BLOCK}`]: [[true, [], [mounted]]],
    [`${place("initContainers", 1)}.volumeMounts[0] ${NOT_FOR_BLOCK}`]: [
      [true, [], [device], [neither, mounted]],
    ],
    [`${own}.volumeDevices[0] ${NOT_FOR_FILES}`]: [[false, [], [device]]],
    [`${second}.volumeDevices[0] ${NOT_FOR_FILES}`]: [
      [false, [placeholder], [mounted, device]],
    ],
    'volume "disk" is neither in spec.volumes nor in any container\'s volumeMounts; declare it as an emptyDir or mount it':
      [[undefined, [], [neither]]],
    'spec.volumes[0] "disk" is an emptyDir with medium "Memory", which is not a disk; leave medium out':
      [[false, [memory], [mounted]]],
    [TWICE]: [
      [false, [placeholder, logs, placeholder], [mounted]],
      [false, [claim, placeholder], [mounted]],
    ],
    'spec.volumes[0] "disk" has more than one source; only an emptyDir can become a claim':
      [[false, [{ ...placeholder, configMap: { name: "a" } }], [mounted]]],
    [notEmptyDir("hostPath")]: [[undefined, [hostPath], [mounted, device]]],
    [notEmptyDir("persistentVolumeClaim")]: [[false, [claim], [mounted]]],
    [samePath(
      `${second}.volumeMounts[1]`,
      `${second}.volumeMounts[0] "logs"`,
      "/disk",
    )]: [[false, [placeholder], [neither, mounts("logs:/disk", "disk:/disk")]]],
    [samePath(
      `${init}.volumeMounts[1]`,
      `${init}.volumeMounts[0] "disk"`,
      "/disk",
    )]: [
      [false, [placeholder], [neither], [mounts("disk:/disk", "disk:/disk")]],
    ],
    [samePath(
      `${own}.volumeDevices[0]`,
      `${own}.volumeMounts[0] "logs"`,
      "/dev/disk",
    )]: [[true, [], [{ ...mounts("logs:/dev/disk"), ...device }]]],
  };
  for (const [message, cases] of Object.entries(invalid))
    it(`W9: rejects: ${message}`, () => {
      for (const one of cases) {
        const podVolume = resolve(...one);
        if (podVolume.kind !== "invalid") throw new Error(podVolume.kind);
        expect(podVolume.errors.map(fieldMessage)).to.deep.equal([message]);
      }
    });

  it("gives the path of an error", () => {
    expect(resolve(true, [], [neither, mounted]))
      .to.have.nested.property("errors[0].path")
      .that.deep.equals(["spec", "containers", 1, "volumeMounts", 0]);
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

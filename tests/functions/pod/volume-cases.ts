import type { V1Container, V1Volume } from "@kubernetes/client-node";

const placeholder: V1Volume = { name: "disk", emptyDir: {} };
/** Mounts the volume. */
export const mounted: V1Container = {
  name: "app",
  volumeMounts: [{ name: "disk", mountPath: "/disk" }],
};
const twice: V1Container = {
  name: "app",
  volumeMounts: [
    { name: "logs", mountPath: "/disk" },
    { name: "disk", mountPath: "/disk" },
  ],
};
const device: V1Container = {
  name: "app",
  volumeDevices: [{ name: "disk", devicePath: "/dev/disk" }],
};
/** Does not use it. */
export const neither: V1Container = { name: "sidecar" };

/** A Pod with or without the volume `disk`. */
export interface VolumeCase {
  readonly name: string;
  readonly block: boolean | undefined;
  readonly volumes?: V1Volume[];
  readonly containers: V1Container[];
  readonly initContainers?: V1Container[];
}

/** Each gets its claim, in place of the placeholder or as another volume. */
export const RESOLVED: readonly (VolumeCase & {
  readonly kind: string;
})[] = [
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
    name: "a placeholder at two paths, beside a clash of other volumes",
    block: false,
    volumes: [placeholder],
    containers: [
      {
        name: "app",
        volumeMounts: [
          { name: "disk", mountPath: "/disk" },
          { name: "disk", mountPath: "/more" },
          { name: "a", mountPath: "/a" },
          { name: "b", mountPath: "/a" },
        ],
      },
    ],
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
  {
    name: "a placeholder for what may be a device",
    block: undefined,
    volumes: [placeholder],
    containers: [device],
    kind: "replace",
  },
  {
    name: "what may be a device, and is used as one",
    block: undefined,
    containers: [device],
    kind: "append",
  },
  {
    name: "what may be a device, and is mounted",
    block: undefined,
    containers: [mounted],
    kind: "append",
  },
];

/** Each gets none, and every reason is told. */
export const INVALID: readonly (VolumeCase & {
  readonly says: readonly string[];
})[] = [
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
  {
    name: "what may be a device, and nobody uses",
    block: undefined,
    containers: [neither],
    says: [
      'volume "disk" is neither in spec.volumes nor in any container\'s volumeMounts; declare it as an emptyDir or mount it',
    ],
  },
  {
    name: "a placeholder that is declared twice",
    block: false,
    volumes: [placeholder, { name: "logs", emptyDir: {} }, placeholder],
    containers: [mounted],
    says: [
      'volume "disk" is declared 2 times in spec.volumes; declare it once',
    ],
  },
  {
    name: "a placeholder that is a hostPath and a claim, too",
    block: false,
    volumes: [
      placeholder,
      { name: "disk", hostPath: { path: "/disk" } },
      { name: "disk", persistentVolumeClaim: { claimName: "mine" } },
    ],
    containers: [mounted],
    says: [
      'volume "disk" is declared 3 times in spec.volumes; declare it once',
    ],
  },
  {
    name: "a placeholder with another source beside it",
    block: false,
    volumes: [{ name: "disk", emptyDir: {}, configMap: { name: "settings" } }],
    containers: [mounted],
    says: [
      'spec.volumes[0] "disk" has more than one source; only an emptyDir can become a claim',
    ],
  },
  {
    name: "a mount at the path of another",
    block: false,
    volumes: [placeholder],
    containers: [neither, twice],
    says: [
      'spec.containers[1].volumeMounts[1] "disk" has the path of spec.containers[1].volumeMounts[0] "logs", "/disk"; give each a path of its own',
    ],
  },
  {
    name: "the same mount twice",
    block: false,
    volumes: [placeholder],
    containers: [neither],
    initContainers: [
      {
        name: "init",
        volumeMounts: [
          { name: "disk", mountPath: "/disk" },
          { name: "disk", mountPath: "/disk" },
        ],
      },
    ],
    says: [
      'spec.initContainers[0].volumeMounts[1] "disk" has the path of spec.initContainers[0].volumeMounts[0] "disk", "/disk"; give each a path of its own',
    ],
  },
  {
    name: "a device at the path of a mount",
    block: true,
    containers: [
      {
        name: "app",
        volumeMounts: [{ name: "logs", mountPath: "/dev/disk" }],
        volumeDevices: [{ name: "disk", devicePath: "/dev/disk" }],
      },
    ],
    says: [
      'spec.containers[0].volumeDevices[0] "disk" has the path of spec.containers[0].volumeMounts[0] "logs", "/dev/disk"; give each a path of its own',
    ],
  },
  {
    name: "a hostPath for what may be a device",
    block: undefined,
    volumes: [{ name: "disk", hostPath: { path: "/disk" } }],
    containers: [mounted, device],
    says: [
      'spec.volumes[0] "disk" is of type hostPath; only an emptyDir can become a claim',
    ],
  },
];

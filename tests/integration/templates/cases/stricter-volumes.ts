import { template } from "./every-field.ts";
import { container } from "./stricter-case.ts";
import type { StricterRule } from "./stricter-case.ts";

/** About the volumes of the Pod, of which a StatefulSet replaces those that its templates name, whatever they are. */
export const STRICTER_WITH_VOLUMES: readonly StricterRule[] = [
  {
    words:
      "a volume that the Pod declares as anything but an `emptyDir` on disk; a StatefulSet replaces it",
    cases: [
      { hostPath: { path: "/data" } },
      { emptyDir: { medium: "Memory" } },
    ].map((source) => ({
      templates: [template("data")],
      says: 'spec.volumes[0] "data" is ',
      podSpec: { volumes: [{ name: "data", ...source }] },
    })),
  },
  {
    words: "a volume that no container uses and the Pod does not declare",
    cases: [
      {
        templates: [template("data")],
        says: "is neither in spec.volumes nor in any container's volumeMounts",
        podSpec: { containers: [container] },
      },
    ],
  },
  {
    words:
      "a file system in `volumeDevices`, a device in `volumeMounts`, and an `emptyDir` for a device",
    cases: [
      {
        templates: [template("data")],
        says: "does not go with volumeMode Filesystem",
        podSpec: {
          containers: [
            {
              ...container,
              volumeDevices: [{ name: "data", devicePath: "/dev/data" }],
            },
          ],
        },
      },
      {
        templates: [template("data", { volumeMode: "Block" })],
        says: "does not go with volumeMode Block",
        podSpec: {
          containers: [
            {
              ...container,
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
        },
      },
      {
        templates: [template("data", { volumeMode: "Block" })],
        says: "which is no device for volumeMode Block",
        podSpec: { volumes: [{ name: "data", emptyDir: {} }] },
      },
    ],
  },
];

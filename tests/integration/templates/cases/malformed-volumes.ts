import {
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_TEMPLATES,
} from "../../../../functions/contract/keys.ts";
import { MODES, SIZE, GOOD_SPEC, plusSpec, spec } from "./malformed-case.ts";
import type { MalformedCase } from "./malformed-case.ts";

/** Both forms at once, and volumes that do not go with their templates, alone and beside other problems. */
export const MALFORMED_VOLUMES: readonly MalformedCase[] = [
  {
    name: "both forms at once",
    annotations: {
      [TEMPLATE_NAME]: "data",
      [TEMPLATE_TEMPLATES]: spec(GOOD_SPEC),
    },
    says: [
      `annotation ${TEMPLATE_NAME}: "data" contradicts ${TEMPLATE_TEMPLATES}: describe the volumes in one of the two forms`,
    ],
  },
  {
    name: "a volume of another type among others",
    annotations: {
      [TEMPLATE_TEMPLATES]: `${spec(GOOD_SPEC)}\n- {metadata: {name: wal}, spec: {${GOOD_SPEC}}}`,
    },
    volumes: [
      { name: "data", emptyDir: {} },
      { name: "wal", hostPath: { path: "/wal" } },
    ],
    says: [
      'spec.volumes[1] "wal" is of type hostPath; only an emptyDir can become a claim',
    ],
  },
  {
    name: "a volume that is nowhere",
    annotations: {
      [TEMPLATE_TEMPLATES]: `${spec(GOOD_SPEC)}\n- {metadata: {name: wal}, spec: {${GOOD_SPEC}}}`,
    },
    says: [
      'volume "wal" is neither in spec.volumes nor in any container\'s volumeMounts; declare it as an emptyDir or mount it',
    ],
  },
  {
    name: "a device in place of a directory",
    annotations: { [TEMPLATE_TEMPLATES]: plusSpec("volumeMode: Block") },
    says: [
      'spec.volumes[0] "data" is an emptyDir, which is no device for volumeMode Block; leave the volume out of spec.volumes',
      'spec.containers[0].volumeMounts[0] "data" does not go with volumeMode Block; name the volume in volumeDevices',
    ],
  },
  {
    name: "a bad size, and a volume of another type",
    annotations: { [TEMPLATE_NAME]: "data", [TEMPLATE_STORAGE]: "1GB" },
    volumes: [{ name: "data", hostPath: { path: "/data" } }],
    says: [
      `annotation ${TEMPLATE_STORAGE}: "1GB" is not a Kubernetes quantity; write it like 10Gi or 500M`,
      'spec.volumes[0] "data" is of type hostPath; only an emptyDir can become a claim',
    ],
  },
  {
    name: "a volume of another type in each template, of which one is wrong itself and one has a name that no volume has",
    annotations: {
      [TEMPLATE_TEMPLATES]: [
        spec(SIZE),
        `- {metadata: {name: wal}, spec: {${GOOD_SPEC}}}`,
        `- {metadata: {name: Log}, spec: {${GOOD_SPEC}}}`,
      ].join("\n"),
    },
    volumes: [
      { name: "wal", hostPath: { path: "/wal" } },
      { name: "data", emptyDir: { medium: "Memory" } },
    ],
    says: [
      `annotation ${TEMPLATE_TEMPLATES}: template "data": spec.accessModes is missing: it gives at least one mode, such as [ReadWriteOnce]`,
      `annotation ${TEMPLATE_TEMPLATES}: template "Log": metadata.name: "Log" is not a volume name: use at most 63 lower-case letters, digits and dashes`,
      'spec.volumes[1] "data" is an emptyDir with medium "Memory", which is not a disk; leave medium out',
      'spec.volumes[0] "wal" is of type hostPath; only an emptyDir can become a claim',
    ],
  },
  {
    name: "a mode of the volume that nobody knows, of which nothing more can be said, and a volume of another type",
    annotations: {
      [TEMPLATE_TEMPLATES]: [
        plusSpec("volumeMode: block"),
        `- {metadata: {name: wal}, spec: {volumeMode: raw, ${MODES}, ${SIZE}}}`,
      ].join("\n"),
    },
    volumes: [
      { name: "data", emptyDir: {} },
      { name: "wal", hostPath: { path: "/wal" } },
    ],
    says: [
      `annotation ${TEMPLATE_TEMPLATES}: template "data": spec.volumeMode: "block" is not supported; known are Block, Filesystem`,
      `annotation ${TEMPLATE_TEMPLATES}: template "wal": spec.volumeMode: "raw" is not supported; known are Block, Filesystem`,
      'spec.volumes[1] "wal" is of type hostPath; only an emptyDir can become a claim',
    ],
  },
];

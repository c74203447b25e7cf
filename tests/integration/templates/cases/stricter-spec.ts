import { spec } from "./stricter-case.ts";
import type { StricterRule } from "./stricter-case.ts";

/** About the spec of a claim. */
export const STRICTER_WITH_SPECS: readonly StricterRule[] = [
  {
    words: "an access mode twice",
    cases: [
      spec(
        { accessModes: ["ReadWriteOnce", "ReadWriteOnce"] },
        "names a mode twice",
      ),
    ],
  },
  {
    words: "a limit below its request",
    cases: [
      spec(
        {
          resources: {
            requests: { storage: "2Gi" },
            limits: { storage: "1Gi" },
          },
        },
        "is less than the request",
      ),
    ],
  },
  {
    words:
      "a size that is a number of 2^53 or more, because its last digits get lost; a text, such as `16Pi`, is accepted",
    cases: [
      spec(
        { resources: { requests: { storage: 2 ** 53 } } },
        "is too large for a number",
      ),
    ],
  },
  {
    words: "a `volumeName` that no volume can have",
    cases: [spec({ volumeName: "disk_7" }, "is not the name of a volume")],
  },
  {
    words:
      "a `dataSource` of a kind that the API server silently drops, so that the volume would be empty",
    cases: [
      spec(
        {
          dataSource: {
            apiGroup: "example.com",
            kind: "Backup",
            name: "nightly",
          },
        },
        "spec.dataSource:",
      ),
    ],
  },
  {
    words:
      "a `dataSourceRef` to another namespace, which most API servers drop as well",
    cases: [
      spec(
        {
          dataSourceRef: {
            apiGroup: "example.com",
            kind: "Backup",
            name: "nightly",
            namespace: "other",
          },
        },
        "spec.dataSourceRef.namespace",
      ),
    ],
  },
  {
    words:
      "a source that cannot exist: a PersistentVolumeClaim with an `apiGroup`, or a `kind` or `name` that no object can have",
    cases: [
      { apiGroup: "v1", kind: "PersistentVolumeClaim", name: "seed" },
      { apiGroup: "example.com", kind: "backup", name: "nightly" },
      { apiGroup: "example.com", kind: "Backup", name: "Nightly_1" },
    ].map((dataSourceRef) => spec({ dataSourceRef }, "spec.dataSourceRef.")),
  },
];

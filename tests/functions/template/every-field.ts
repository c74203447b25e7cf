/** A template that is pasted into both. */
export interface Template {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly namespace?: string;
    readonly creationTimestamp?: Date;
  };
  readonly status?: object;
  readonly spec: Record<string, unknown>;
}

const resources = { requests: { storage: "1Gi" } };

/** Nothing binds it, so that the two claims stay as they were created. */
const unbound = {
  accessModes: ["ReadWriteOnce"],
  resources,
  storageClassName: "",
};

/** A template with these fields in its spec and in its metadata; nothing binds its claim. */
export function template(
  name: string,
  fields: Record<string, unknown> = {},
  metadata: Omit<Template["metadata"], "name"> = {},
): Template {
  return { metadata: { name, ...metadata }, spec: { ...unbound, ...fields } };
}

/** Each field of a claim in at least one of them; a test fails for a field that is in none. */
export const TEMPLATES: readonly Template[] = [
  {
    metadata: { name: "default-class" },
    spec: { accessModes: ["ReadWriteOnce"], resources },
  },
  template("no-class"),
  {
    ...template("with-kind"),
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
  },
  template("with-labels", {}, { labels: { tier: "fast", "a.example/b": "" } }),
  template(
    "with-annotations",
    {},
    {
      annotations: {
        "example.com/backup": "daily",
        "volume-claim-template/retention": "Retain",
        "volume-claim-template/idle-ttl": "7d",
      },
    },
  ),
  template(
    "from-a-chart",
    {},
    {
      labels: {
        "app.kubernetes.io/name": "search",
        "app.kubernetes.io/instance": "search",
        "app.kubernetes.io/managed-by": "Helm",
        "helm.sh/chart": "search-1.2.3",
      },
      annotations: {
        "argocd.argoproj.io/tracking-id": "search:apps/StatefulSet:a/b",
        "argocd.argoproj.io/sync-options": "Prune=false",
      },
    },
  ),
  {
    ...template(
      "from-a-cluster",
      {},
      {
        namespace: "production",
        creationTimestamp: new Date("2026-01-01T00:00:00Z"),
      },
    ),
    status: { phase: "Pending" },
  },
  template("v".repeat(63)),
  template("other-class", { storageClassName: "unknown-class" }),
  template("read-write-many", {
    accessModes: ["ReadWriteMany", "ReadOnlyMany"],
  }),
  template("read-write-once-pod", { accessModes: ["ReadWriteOncePod"] }),
  template("with-limits", {
    resources: {
      requests: { storage: "1Gi", "example.com/iops": "100" },
      limits: { storage: "2Gi" },
    },
  }),
  template("size-to-normalise", {
    resources: { requests: { storage: "1024Mi" } },
  }),
  template("size-with-fraction", {
    resources: { requests: { storage: "1.5Gi" } },
  }),
  template("size-as-number", {
    resources: { requests: { storage: 1_073_741_824 } },
  }),
  template("with-selector", {
    selector: {
      matchLabels: { tier: "fast" },
      matchExpressions: [
        { key: "zone", operator: "In", values: ["a", "b"] },
        { key: "retired", operator: "DoesNotExist" },
      ],
    },
  }),
  template("empty-selector", { selector: {} }),
  template("with-volume-name", { volumeName: "set-aside" }),
  template("filesystem", { volumeMode: "Filesystem" }),
  template("block", { volumeMode: "Block" }),
  template("from-snapshot", {
    dataSource: {
      apiGroup: "snapshot.storage.k8s.io",
      kind: "VolumeSnapshot",
      name: "nightly",
    },
  }),
  template("from-claim", {
    dataSource: { kind: "PersistentVolumeClaim", name: "seed" },
  }),
  template("from-populator", {
    dataSourceRef: { apiGroup: "example.com", kind: "Backup", name: "nightly" },
  }),
  template("from-both", {
    dataSource: { kind: "PersistentVolumeClaim", name: "seed" },
    dataSourceRef: { kind: "PersistentVolumeClaim", name: "seed" },
  }),
  template("attributes-class", { volumeAttributesClassName: "gold" }),
];

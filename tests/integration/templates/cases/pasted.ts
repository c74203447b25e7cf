/**
 * volumeClaimTemplates as people copy them, by where they come from: indentation, comments and empty fields stay as they are.
 */
export const PASTED: Readonly<Record<string, string>> = {
  "elasticsearch-chart": `\
  - metadata:
      name: elasticsearch-data
      labels:
        release: "search"
        chart: "elasticsearch"
        app: "elasticsearch-data"
    spec:
      accessModes:
      - ReadWriteOncePod
      resources:
        requests:
          storage: 30Gi
        limits:
          storage: 60Gi
      storageClassName: local-nvme
`,
  // The values of the chart leave most of the claim empty.
  "galera-chart": `\
    - metadata:
        name: mysql-data
        labels:
          app: "galera"
          release: "accounts"
          heritage: "Helm"
        annotations:
      spec:
        accessModes:
          - ReadWriteOnce
        # - set by storage.class, which is empty: the cluster's default


        resources:
          requests:
            storage: 20Gi
        selector:
`,
  "kafka-with-merge-keys": `\
    - metadata:
        name: data-0
      spec: &jbod
        accessModes: [ReadWriteOnce]
        storageClassName: throughput-optimised
        resources:
          requests:
            storage: 500Gi
    - metadata:
        name: data-1
      spec:
        <<: *jbod
`,
  "mongodb-printed-by-kubectl": `\
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        creationTimestamp: null
        name: data-volume
      spec:
        accessModes:
          - ReadWriteOnce
        resources:
          requests:
            storage: 10G
        volumeMode: Filesystem
      status:
        phase: Pending
`,
  "rabbitmq-json": `\
[
  {
    "metadata": {
      "name": "persistence",
      "labels": {
        "app.kubernetes.io/name": "rabbitmq",
        "app.kubernetes.io/part-of": "rabbitmq"
      }
    },
    "spec": {
      "accessModes": ["ReadWriteOnce"],
      "resources": { "requests": { "storage": "10Gi" } },
      "storageClassName": "fast"
    }
  }
]
`,
  "zookeeper-of-old": `\
    - metadata:
        name: data
        annotations:
          # the old way to name a class, which charts keep for old clusters
          volume.beta.kubernetes.io/storage-class: "replicated"
      spec:
        accessModes:
          - ReadWriteOnce
        resources:
          requests:
            storage: 8589934592
`,
};

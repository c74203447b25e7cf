/**
 * volumeClaimTemplates as people copy them, by where they come from: indentation, comments and empty fields stay as they are.
 */
export const PASTED: Readonly<Record<string, string>> = {
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

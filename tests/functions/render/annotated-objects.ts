import { stringify } from "yaml";

/** A Pod template with the volume `cache` to be claimed. */
export const template = {
  metadata: {
    annotations: {
      "volume-claim-template/name": "cache",
      "volume-claim-template/storage": "1Gi",
    },
  },
  spec: {
    containers: [
      { name: "app", volumeMounts: [{ name: "cache", mountPath: "/cache" }] },
    ],
    volumes: [
      { name: "other", configMap: { name: "x" } },
      { name: "cache", emptyDir: {} },
    ],
  },
};

/** The same with a claim of this name. */
export const claimed = (name: string): object => ({
  metadata: {
    ...template.metadata,
    labels: { "volume-claim/cache": name, "volume-claim/name": name },
  },
  spec: {
    ...template.spec,
    volumes: [
      { name: "other", configMap: { name: "x" } },
      { name: "cache", persistentVolumeClaim: { claimName: name } },
    ],
  },
});

/** The claim itself. */
export const claim = (name: string): object => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: {
    name,
    labels: {
      managed: "true",
      "app.kubernetes.io/managed-by": "stateful-deployments",
      "volume-claim-template/name": "cache",
    },
    annotations: {
      "volume-claim/request-uid": "<uid>",
      "volume-claim/requested-at": "<time>",
    },
  },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  },
});

/** Metadata of the object around a template. */
export const metadata = { name: "web" };

/** The text of a Deployment `web` with this Pod template, and more metadata of its own if given. */
export function deployment(of: object = template, own: object = {}): string {
  return stringify({
    kind: "Deployment",
    metadata: { ...metadata, ...own },
    spec: { template: of },
  });
}

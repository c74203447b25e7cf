import type { V1Deployment, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { TEMPLATE_TEMPLATES } from "../../functions/contract/keys.ts";
import { aDeployment } from "./admission-suite.ts";

/** One volume of a Pod, of which only its name and what matters to the test is said. */
export interface Volume {
  readonly name: string;
  readonly storage?: string;
  /** None by default, so that nothing binds the claim. */
  readonly storageClassName?: string;
  readonly volumeMode?: "Block";
}

/** The annotation that asks for a claim for each of `volumes`. */
export function annotationsFor(
  volumes: readonly Volume[],
): Record<string, string> {
  return {
    [TEMPLATE_TEMPLATES]: JSON.stringify(
      volumes.map(
        ({ name, storage = "1Gi", storageClassName = "", volumeMode }) => ({
          metadata: { name },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage } },
            storageClassName,
            volumeMode,
          },
        }),
      ),
    ),
  };
}

/** A container that mounts all of them, and a placeholder for each. */
export function podSpecFor(volumes: readonly Volume[]): V1PodSpec {
  return {
    containers: [
      {
        name: "app",
        image: "app:1",
        volumeMounts: volumes.map(({ name }) => ({
          name,
          mountPath: `/${name}`,
        })),
      },
    ],
    volumes: volumes.map(({ name }) => ({ name, emptyDir: {} })),
  };
}

/** A Pod that somebody makes by hand. */
export function aPodWith(volumes: readonly Volume[]): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pod", annotations: annotationsFor(volumes) },
    spec: podSpecFor(volumes),
  };
}

/** A Deployment whose Pods have these volumes. */
export function aDeploymentWith(
  name: string,
  replicas: number,
  volumes: readonly Volume[],
): V1Deployment {
  const deployment = aDeployment(name, replicas, annotationsFor(volumes));
  if (deployment.spec) deployment.spec.template.spec = podSpecFor(volumes);
  return deployment;
}

import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import { CLAIM_LABEL_PREFIX } from "../well-known.ts";

/** Where the claim of a volume goes in a Pod, or why it cannot go there. */
export type Placement =
  | { readonly kind: "replace"; readonly index: number }
  | { readonly kind: "append" }
  | { readonly kind: "claimed"; readonly claim: string }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * Looks for `volume` in a Pod: an emptyDir is the placeholder to replace, a volume that is mounted but not declared is
 * appended, as a StatefulSet does, and a claim under our label was put there by an earlier admission and stays.
 */
export function placeVolume(pod: V1Pod, volume: string): Placement {
  const volumes = pod.spec?.volumes ?? [];
  const index = volumes.findIndex(({ name }) => name === volume);
  const declared = volumes[index];
  if (declared === undefined) {
    return isMounted(pod, volume)
      ? { kind: "append" }
      : refused(
          `volume ${JSON.stringify(volume)} is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it`,
        );
  }
  const claim = declared.persistentVolumeClaim?.claimName;
  if (
    claim !== undefined &&
    pod.metadata?.labels?.[CLAIM_LABEL_PREFIX + volume] !== undefined
  )
    return { kind: "claimed", claim };
  const source = sourceOf(declared);
  if (source !== "emptyDir") {
    return refused(
      `spec.volumes[${index}] ${JSON.stringify(volume)} is of type ${source}; only an emptyDir can become a claim`,
    );
  }
  const medium = declared.emptyDir?.medium;
  if (medium) {
    return refused(
      `spec.volumes[${index}] ${JSON.stringify(volume)} is an emptyDir with medium ${JSON.stringify(medium)}, which is not a disk; leave medium out`,
    );
  }
  return { kind: "replace", index };
}

function refused(problem: string): Placement {
  return { kind: "refused", problem };
}

function isMounted(pod: V1Pod, volume: string): boolean {
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []),
  ];
  return containers.some(({ volumeMounts }) =>
    volumeMounts?.some(({ name }) => name === volume),
  );
}

/** A volume without a source is an emptyDir: that is the API's default. */
function sourceOf(volume: V1Volume): string {
  return Object.keys(volume).find((key) => key !== "name") ?? "emptyDir";
}

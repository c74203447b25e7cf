import type { ClaimManifest } from "../claim/build.ts";
import { readableName } from "../contract/readable-name.ts";
import { snapshotReference } from "../template/data-source.ts";
import type { PlannedClaim } from "../pod/plan.ts";

// Names that nobody can take for real ones: Kubernetes refuses each of them.

/** Stands for the uid of the admission request, which only a real one has. */
export const PLACEHOLDER_UID = "<uid>";

/** Stands for the time of that request. */
export const PLACEHOLDER_TIME = "<time>";

/** Stands for the last part of a claim's name, which comes from that uid. */
const PLACEHOLDER_HASH = "<hash>";

/** The name of a claim as far as it is known before there is a Pod. */
export function namePlaceholder(podName: string, volume: string): string {
  return readableName(podName, volume, PLACEHOLDER_HASH);
}

/** The claim with a placeholder for a snapshot that is still to be chosen. */
export function withSource({ manifest, source }: PlannedClaim): ClaimManifest {
  return source?.kind === "newest-snapshot"
    ? {
        ...manifest,
        spec: {
          ...manifest.spec,
          dataSource: snapshotReference(`<newest with ${source.selector}>`),
        },
      }
    : manifest;
}

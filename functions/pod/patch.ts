import jsonpatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import type { V1Pod, V1PodSpec, V1Volume } from "@kubernetes/client-node";
import { CLAIM_LABEL_PREFIX, CLAIM_NAME_LABEL } from "../contract/keys.ts";

/** A claim and its volume. `index` is the volume's place in spec.volumes; when it is absent, the volume is appended. */
export interface VolumeClaim {
  readonly volume: string;
  readonly claim: string;
  readonly index?: number;
}

/**
 * The JSON patch that makes `pod` use `claims`: their volumes and the labels that name them, nothing else. `first` is the
 * volume of the first template, whose claim has a label of its own. If a Pod brings that claim without its labels, the label names
 * another one: lists find Pods by this label.
 */
export function patchPod(
  pod: V1Pod,
  claims: readonly VolumeClaim[],
  first: string,
): Operation[] {
  return jsonpatch.compare(pod, withClaims(pod, claims, first));
}

/** The Pod as it will be. Untouched parts are shared with `pod`, which keeps the comparison cheap. */
export function withClaims(
  pod: V1Pod,
  claims: readonly VolumeClaim[],
  first: string,
): V1Pod {
  const volumes: V1Volume[] = [...(pod.spec?.volumes ?? [])];
  const labels = { ...pod.metadata?.labels };
  for (const { volume, claim, index } of claims) {
    const declared = index === undefined ? undefined : volumes[index];
    // The rest of what a copied Pod says about its claim stays as it is.
    if (declared?.persistentVolumeClaim?.claimName !== claim)
      volumes[index ?? volumes.length] = {
        name: volume,
        persistentVolumeClaim: { claimName: claim },
      };
    labels[CLAIM_LABEL_PREFIX + volume] = claim;
    if (volume === first) labels[CLAIM_NAME_LABEL] = claim;
  }
  const [any] = claims;
  if (any) labels[CLAIM_NAME_LABEL] ??= any.claim;
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: { ...pod.spec, volumes } as V1PodSpec,
  };
}

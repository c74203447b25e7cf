import type { V1Pod } from "@kubernetes/client-node";
import type { Operation } from "fast-json-patch";
import { buildClaim } from "../claim/build.ts";
import type { ClaimManifest, ClaimOrigin } from "../claim/build.ts";
import { MIRROR_POD_ANNOTATION } from "../contract/keys.ts";
import { controllerOf } from "./owner.ts";
import { patchPod } from "./patch.ts";
import type { VolumeClaim } from "./patch.ts";
import { quoted } from "../contract/printable.ts";
import { fieldMessage } from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import type { DataSource } from "../template/data-source.ts";
import { parseTemplates } from "../template/parse.ts";
import { resolveVolume, volumeSubject } from "./volumes.ts";
import type { PodVolume } from "./volumes.ts";

/** What the response will do with a Pod, decided before anything is written. */
export type Plan =
  | {
      readonly kind: "allow";
      readonly reason: string;
      readonly warnings: readonly FieldError[];
    }
  | { readonly kind: "deny"; readonly errors: readonly FieldError[] }
  | {
      readonly kind: "patch";
      readonly claims: readonly PlannedClaim[];
      readonly patch: readonly Operation[];
      readonly warnings: readonly FieldError[];
    };

/** A claim to create. */
export interface PlannedClaim {
  readonly manifest: ClaimManifest;
  /** What its volume starts from; to be looked up before the claim is created. */
  readonly source?: DataSource;
}

/** Names the claim of `volume`; `podName` is the Pod's name, or its generateName when the API server has not named it yet. */
export type NameClaim = (podName: string, volume: string) => string;

/** Decides about a Pod that is being created; `request` has what its claims record about the request. */
export async function planClaims(
  pod: V1Pod,
  request: Omit<ClaimOrigin, "controller">,
  nameClaim: NameClaim,
): Promise<Plan> {
  const { metadata } = pod;
  if (metadata?.annotations?.[MIRROR_POD_ANNOTATION] !== undefined)
    return allow("mirror Pod of a static Pod, which cannot use claims");

  const parsed = await parseTemplates(metadata?.annotations);
  if (parsed.kind === "none")
    return allow("no volume-claim-template annotation");
  const podVolumes = parsed.volumes.map((volume) => resolveVolume(pod, volume));
  // Two volumes that share a path report the same error.
  const ofVolumes = [
    ...new Map(
      podVolumes.flatMap(errorsOf).map((error) => [fieldMessage(error), error]),
    ).values(),
  ];
  if (parsed.kind === "invalid")
    return { kind: "deny", errors: [...parsed.errors, ...ofVolumes] };
  if (ofVolumes.length > 0) return { kind: "deny", errors: ofVolumes };

  const origin = { ...request, controller: controllerOf(metadata) };
  const podName = metadata?.name || metadata?.generateName || "pod";
  const claims: PlannedClaim[] = [];
  const volumes: VolumeClaim[] = [];
  for (const [index, template] of parsed.templates.entries()) {
    const podVolume = podVolumes[index];
    if (podVolume?.kind === "keep") continue;
    const { dataSource, volume } = template;
    const claim = nameClaim(podName, volume);
    claims.push({
      manifest: buildClaim(claim, template, origin),
      ...(dataSource && { source: dataSource }),
    });
    volumes.push({
      volume,
      claim,
      ...(podVolume?.kind === "replace" && { index: podVolume.index }),
    });
  }
  const warnings = parsed.templates.flatMap(({ volume }, index) =>
    sharedClaim(volume, podVolumes[index]),
  );
  if (claims.length === 0)
    return allow("every volume has its claim already", warnings);
  return {
    kind: "patch",
    claims,
    patch: patchPod(pod, volumes, parsed.templates[0]?.volume ?? ""),
    warnings: [...parsed.warnings, ...warnings, ...nodeWarnings(pod)],
  };
}

/** The plan that changes nothing. */
export function allow(
  reason: string,
  warnings: readonly FieldError[] = [],
): Plan {
  return { kind: "allow", reason, warnings };
}

/** Warns about a claim that is recognised by its name alone: a copy of a Pod shares it, and a user's own claim may have such a name. */
function sharedClaim(volume: string, podVolume?: PodVolume): FieldError[] {
  return podVolume?.kind === "keep" && podVolume.byName !== undefined
    ? [
        {
          path: ["spec", "volumes", podVolume.index],
          subject: volumeSubject(volume),
          detail: `keeps claim ${quoted(podVolume.byName)}, which by its name stateful-deployments has made; every Pod that names it shares it. For a new claim, make the volume an emptyDir`,
        },
      ]
    : [];
}

function errorsOf(podVolume: PodVolume): readonly FieldError[] {
  return podVolume.kind === "invalid" ? podVolume.errors : [];
}

/** https://github.com/kubernetes/website/issues/27884: only the scheduler starts the binding of a WaitForFirstConsumer claim. */
function nodeWarnings(pod: V1Pod): FieldError[] {
  return pod.spec?.nodeName
    ? [
        {
          path: ["spec"],
          subject: `spec.nodeName ${quoted(pod.spec.nodeName)}`,
          detail:
            "bypasses the scheduler: a claim of a WaitForFirstConsumer class will never bind",
        },
      ]
    : [];
}

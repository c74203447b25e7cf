import type { V1Pod } from "@kubernetes/client-node";
import type { Operation } from "fast-json-patch";
import { buildClaim } from "../claim/build.ts";
import type { ClaimManifest, ClaimOrigin } from "../claim/build.ts";
import { MIRROR_POD_ANNOTATION } from "../contract/keys.ts";
import { controllerOf } from "./owner.ts";
import { patchPod } from "./patch.ts";
import type { VolumeClaim } from "./patch.ts";
import { quoted } from "../contract/printable.ts";
import type { Problem } from "../field/problem.ts";
import type { DataSource } from "../template/data-source.ts";
import { parseTemplates } from "../template/parse.ts";
import { placeVolume } from "./volumes.ts";
import type { Placement } from "./volumes.ts";

/** What is to be done about a Pod, decided before anything is written. */
export type Plan =
  | {
      readonly kind: "leave";
      readonly reason: string;
      readonly warnings: readonly Problem[];
    }
  | { readonly kind: "refuse"; readonly problems: readonly Problem[] }
  | {
      readonly kind: "claim";
      readonly claims: readonly PlannedClaim[];
      readonly patch: readonly Operation[];
      readonly warnings: readonly Problem[];
    };

/** A claim to be made. */
export interface PlannedClaim {
  readonly manifest: ClaimManifest;
  /** What its volume starts from, which is to be looked up first. */
  readonly source?: DataSource;
}

/** Names the claim of `volume`; `podName` is the Pod's name, or its generateName when the API server has still to name it. */
export type NameClaim = (podName: string, volume: string) => string;

/** Decides about a Pod that is to be created; `request` is what its claims have from the request to create it. */
export async function planClaims(
  pod: V1Pod,
  request: Omit<ClaimOrigin, "controller">,
  nameClaim: NameClaim,
): Promise<Plan> {
  const { metadata } = pod;
  if (metadata?.annotations?.[MIRROR_POD_ANNOTATION] !== undefined)
    return leave("mirror Pod of a static Pod, which cannot use claims");

  const parsed = await parseTemplates(metadata?.annotations);
  if (parsed.kind === "none")
    return leave("no volume-claim-template annotation");
  const placed = parsed.volumes.map((volume) => placeVolume(pod, volume));
  // Of a path that two of the volumes share, both tell.
  const misplaced = [
    ...new Map(
      placed.flatMap(problemsOf).map((each) => [each.message, each]),
    ).values(),
  ];
  if (parsed.kind === "invalid")
    return { kind: "refuse", problems: [...parsed.problems, ...misplaced] };
  if (misplaced.length > 0) return { kind: "refuse", problems: misplaced };

  const origin = { ...request, controller: controllerOf(metadata) };
  const podName = metadata?.name || metadata?.generateName || "pod";
  const claims: PlannedClaim[] = [];
  const volumes: VolumeClaim[] = [];
  for (const [index, template] of parsed.templates.entries()) {
    const placement = placed[index];
    if (placement?.kind === "claimed") continue;
    const { dataSource, volume } = template;
    const claim = nameClaim(podName, volume);
    claims.push({
      manifest: buildClaim(claim, template, origin),
      ...(dataSource && { source: dataSource }),
    });
    volumes.push({
      volume,
      claim,
      ...(placement?.kind === "replace" && { index: placement.index }),
    });
  }
  const warnings = parsed.templates.flatMap(({ volume }, index) =>
    sharedClaim(volume, placed[index]),
  );
  if (claims.length === 0)
    return leave("every volume has its claim already", warnings);
  return {
    kind: "claim",
    claims,
    patch: patchPod(pod, volumes, parsed.templates[0]?.volume ?? ""),
    warnings: [...parsed.warnings, ...warnings, ...nodeWarnings(pod)],
  };
}

/** The plan that changes nothing. */
export function leave(reason: string, warnings: readonly Problem[] = []): Plan {
  return { kind: "leave", reason, warnings };
}

/** A claim that only its name tells: a copy of a Pod shares it with the Pod, and a person's own claim may be called so by chance. */
function sharedClaim(volume: string, placement?: Placement): Problem[] {
  return placement?.kind === "claimed" && placement.byName !== undefined
    ? [
        {
          message: `volume ${quoted(volume)} keeps claim ${quoted(placement.byName)}, which by its name stateful-deployments has made; every Pod that names it shares it. For a new claim, make the volume an emptyDir`,
          path: ["spec", "volumes", placement.index],
        },
      ]
    : [];
}

function problemsOf(placement: Placement): readonly Problem[] {
  return placement.kind === "refused" ? placement.problems : [];
}

/** https://github.com/kubernetes/website/issues/27884: only the scheduler starts the binding of a WaitForFirstConsumer claim. */
function nodeWarnings(pod: V1Pod): Problem[] {
  return pod.spec?.nodeName
    ? [
        {
          message: `spec.nodeName ${quoted(pod.spec.nodeName)} bypasses the scheduler: a claim of a WaitForFirstConsumer class will never bind`,
          path: ["spec"],
        },
      ]
    : [];
}

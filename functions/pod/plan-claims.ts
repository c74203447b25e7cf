import type { Operation } from "fast-json-patch";
import type { AdmissionRequest } from "../admission/review.ts";
import { buildClaim } from "../claim/build-claim.ts";
import type { ClaimManifest } from "../claim/build-claim.ts";
import { MIRROR_POD_ANNOTATION } from "../well-known.ts";
import { controllerOf } from "./owner.ts";
import { patchPod } from "./patch-pod.ts";
import type { VolumeClaim } from "./patch-pod.ts";
import type { Problem } from "./problem.ts";
import type { DataSource } from "./claim-template/data-source.ts";
import type { VolumeClaimTemplate } from "./claim-template/template.ts";
import { parseTemplates } from "./volume-claim-templates.ts";
import { placeVolume } from "./volume-placement.ts";
import type { Placement } from "./volume-placement.ts";

/** What is to be done about an admission request, decided before anything is written. */
export type Plan =
  | { readonly kind: "leave"; readonly reason: string }
  | { readonly kind: "refuse"; readonly problems: readonly Problem[] }
  | {
      readonly kind: "claim";
      readonly claims: readonly ClaimManifest[];
      /** What is still to be looked up, by the volume that starts from it. */
      readonly sources: ReadonlyMap<string, DataSource>;
      readonly patch: readonly Operation[];
      readonly warnings: readonly string[];
    };

/** Names the claim of `volume`; `podName` is the Pod's name, or its generateName when the API server has still to name it. */
export type NameClaim = (
  podName: string,
  volume: string,
  requestUid: string,
) => string;

/** Decides about the Pod of `request`. The same request always gives the same plan. */
export async function planClaims(
  request: AdmissionRequest,
  nameClaim: NameClaim,
): Promise<Plan> {
  const { object: pod, operation, resource, subResource } = request;
  if (
    operation !== "CREATE" ||
    resource.group !== "" ||
    resource.resource !== "pods" ||
    subResource
  ) {
    return leave(
      `not the creation of a Pod: ${operation} ${resource.resource}${subResource ? `/${subResource}` : ""}`,
    );
  }
  if (!pod) return leave("the request carries no object");
  if (pod.metadata?.annotations?.[MIRROR_POD_ANNOTATION] !== undefined)
    return leave("mirror Pod of a static Pod, which cannot use claims");

  const parsed = await parseTemplates(pod.metadata?.annotations);
  switch (parsed.kind) {
    case "none":
      return leave("no volume-claim-template annotation");
    case "invalid":
      return {
        kind: "refuse",
        problems: [
          ...parsed.problems,
          ...parsed.volumes.flatMap((volume) =>
            problemsOf(placeVolume(pod, volume)),
          ),
        ],
      };
    case "templates":
      return claimsFor(pod, parsed.templates, request, nameClaim);
    default:
      return parsed satisfies never;
  }
}

function claimsFor(
  pod: NonNullable<AdmissionRequest["object"]>,
  templates: readonly VolumeClaimTemplate[],
  request: AdmissionRequest,
  nameClaim: NameClaim,
): Plan {
  const origin = {
    requestUid: request.uid,
    // A Pod made from a template may carry no namespace of its own yet; the request always does.
    namespace: request.namespace ?? pod.metadata?.namespace ?? "default",
    controller: controllerOf(pod.metadata),
  };
  const podName = pod.metadata?.name || pod.metadata?.generateName || "pod";
  const problems: Problem[] = [];
  const claims: ClaimManifest[] = [];
  const sources = new Map<string, DataSource>();
  const volumes: VolumeClaim[] = [];
  for (const template of templates) {
    const placement = placeVolume(pod, {
      volume: template.volume,
      block: template.spec.volumeMode === "Block",
    });
    problems.push(...problemsOf(placement));
    if (placement.kind !== "replace" && placement.kind !== "append") continue;
    const { dataSource, volume } = template;
    const claim = nameClaim(podName, volume, request.uid);
    claims.push(buildClaim(claim, template, origin));
    if (dataSource) sources.set(volume, dataSource);
    volumes.push({
      volume,
      claim,
      ...(placement.kind === "replace" && { index: placement.index }),
    });
  }
  if (problems.length > 0) return { kind: "refuse", problems };
  if (claims.length === 0) return leave("every volume has its claim already");
  return {
    kind: "claim",
    claims,
    sources,
    patch: patchPod(pod, volumes, templates[0]?.volume ?? ""),
    warnings: warningsFor(pod),
  };
}

function problemsOf(placement: Placement): readonly Problem[] {
  return placement.kind === "refused" ? placement.problems : [];
}

function leave(reason: string): Plan {
  return { kind: "leave", reason };
}

/** https://github.com/kubernetes/website/issues/27884: only the scheduler starts the binding of a WaitForFirstConsumer claim. */
function warningsFor(pod: NonNullable<AdmissionRequest["object"]>): string[] {
  return pod.spec?.nodeName
    ? [
        `spec.nodeName ${JSON.stringify(pod.spec.nodeName)} bypasses the scheduler: a claim of a WaitForFirstConsumer class will never bind`,
      ]
    : [];
}

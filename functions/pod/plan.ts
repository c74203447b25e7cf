import type { V1Pod } from "@kubernetes/client-node";
import type { Operation } from "fast-json-patch";
import { buildClaim } from "../claim/build.ts";
import type { ClaimManifest, ClaimOrigin } from "../claim/build.ts";
import {
  MIRROR_POD_ANNOTATION,
  REUSE,
  TEMPLATE_POOL,
  TEMPLATE_RETENTION,
} from "../contract/keys.ts";
import { isReused } from "../contract/life-cycle.ts";
import { controllerOf } from "../contract/controller.ts";
import { patchPod } from "./patch.ts";
import type { VolumeClaim } from "./patch.ts";
import { quoted } from "../contract/printable.ts";
import { annotationError, fieldMessage } from "../field/field-error.ts";
import { limitsOf, poolOf } from "../pool/pool.ts";
import type { WantedSet } from "../pool/sets.ts";
import { originOf } from "../pool/workload.ts";
import type { Workload } from "../pool/workload.ts";
import type { VolumeClaimTemplate } from "../template/template.ts";
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
      /** Labels that a copy of a Pod lacks: without them no list of Pods shows who has a set. */
      readonly patch?: readonly Operation[];
      /** Claims of a pool that the Pod names already. The handler must reserve their sets for it. */
      readonly kept?: readonly string[];
    }
  | { readonly kind: "deny"; readonly errors: readonly FieldError[] }
  | {
      readonly kind: "patch";
      readonly claims: readonly PlannedClaim[];
      /** The patch with the claims above. `patchWith` gives it for a set of the pool. */
      readonly patch: readonly Operation[];
      /** The set that the Pod wants from its pool; absent when no volume is reused. */
      readonly set?: PlannedSet;
      readonly kept?: readonly string[];
      readonly warnings: readonly FieldError[];
    };

/** A claim to create. */
export interface PlannedClaim {
  readonly manifest: ClaimManifest;
  /** What its volume starts from. The handler looks it up before it creates the claim. */
  readonly source?: DataSource;
}

/** A set of claims to reserve, or to create if none is free. */
export interface PlannedSet {
  /** What people call the pool. */
  readonly poolName: string;
  /** Hash of the pool. */
  readonly pool: string;
  /** Name of the claim that leads the set when it is created. */
  readonly name: string;
  readonly wanted: WantedSet;
  /** The patch when the volumes get these claims. */
  readonly patchWith: (
    claims: ReadonlyMap<string, string>,
  ) => readonly Operation[];
}

/** How a plan names what does not exist yet. */
export interface Names {
  /** The claim of `volume`; `podName` is the Pod's name, or its generateName when the API server has not named it yet. */
  readonly claim: (podName: string, volume: string) => string;
  /** The label of a pool. */
  readonly pool: (identity: string) => string;
  /** The workload of the Pod [default: as its metadata says]. */
  readonly workload?: Workload;
}

/** Decides about a Pod that is being created; `request` has what its claims record about the request. */
export async function planClaims(
  pod: V1Pod,
  request: Omit<ClaimOrigin, "controller">,
  names: Names,
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

  const wanted = parsed.templates.flatMap((template, index) => {
    const podVolume = podVolumes[index];
    return podVolume === undefined || podVolume.kind === "keep"
      ? []
      : [{ template, podVolume }];
  });
  const podName = metadata?.name || metadata?.generateName || "pod";
  const claimOf = ({ volume }: VolumeClaimTemplate): string =>
    names.claim(podName, volume);
  const reused = wanted
    .map(({ template }) => template)
    .filter(({ lifeCycle }) => isReused(lifeCycle));
  const [leader] = reused;
  const pool = leader && poolOf(pod, leader.lifeCycle, names.workload);
  const errors = [...ofVolumes, ...(leader && !pool ? [poolMissing()] : [])];
  if (errors.length > 0) return { kind: "deny", errors };

  const origin = { ...request, controller: controllerOf(metadata) };
  const set = leader &&
    pool && { pool: names.pool(pool.identity), name: claimOf(leader) };
  const claims = wanted.map(({ template }): PlannedClaim => ({
    manifest: buildClaim(
      claimOf(template),
      template,
      origin,
      isReused(template.lifeCycle) ? set : undefined,
    ),
    ...(template.dataSource && { source: template.dataSource }),
  }));
  const keptVolumes = parsed.templates.flatMap(
    ({ lifeCycle, volume }, index): VolumeClaim[] => {
      const podVolume = podVolumes[index];
      const claim = claimIn(pod, volume);
      return podVolume?.kind === "keep" && isReused(lifeCycle) && claim
        ? [{ volume, claim, index: podVolume.index }]
        : [];
    },
  );
  const kept = keptVolumes.map(({ claim }) => claim);
  const warnings = parsed.templates.flatMap(({ volume }, index) =>
    sharedClaim(volume, podVolumes[index]),
  );
  const first = parsed.templates[0]?.volume ?? "";
  if (claims.length === 0) {
    const patch =
      keptVolumes.length > 0 ? patchPod(pod, keptVolumes, first) : [];
    return {
      kind: "allow",
      reason: "every volume has its claim already",
      warnings,
      ...(kept.length > 0 && { kept }),
      ...(patch.length > 0 && { patch }),
    };
  }
  const patchWith = (
    given: ReadonlyMap<string, string> = new Map<string, string>(),
  ): readonly Operation[] =>
    patchPod(
      pod,
      [
        ...keptVolumes,
        ...wanted.map(({ podVolume, template }): VolumeClaim => ({
          volume: template.volume,
          claim: given.get(template.volume) ?? claimOf(template),
          ...(podVolume.kind === "replace" && { index: podVolume.index }),
        })),
      ],
      first,
    );
  return {
    kind: "patch",
    claims,
    patch: patchWith(),
    ...(set &&
      pool && {
        set: {
          ...set,
          poolName: pool.name,
          wanted: {
            volumes: new Map(reused.map(({ spec, volume }) => [volume, spec])),
            limits: limitsOf(leader.lifeCycle),
            nodes: {
              affinity: pod.spec?.affinity,
              nodeSelector: pod.spec?.nodeSelector,
            },
            origin: originOf(metadata),
          },
          patchWith,
        },
      }),
    ...(kept.length > 0 && { kept }),
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

/** A bare Pod has no workload that could name its pool, so no later Pod would find its claims. */
function poolMissing(): FieldError {
  return annotationError(
    TEMPLATE_POOL,
    `is missing: with ${TEMPLATE_RETENTION}: ${REUSE} a Pod without a controller needs the name of a pool`,
  );
}

function claimIn(pod: V1Pod, volume: string): string | undefined {
  return pod.spec?.volumes?.find(({ name }) => name === volume)
    ?.persistentVolumeClaim?.claimName;
}

/** Warns about a claim that only its name shows to be ours: it may be shared with the first Pod, or be a claim of the user. */
function sharedClaim(volume: string, podVolume?: PodVolume): FieldError[] {
  return podVolume?.kind === "keep" && podVolume.byName !== undefined
    ? [
        {
          path: ["spec", "volumes", podVolume.index],
          subject: volumeSubject(volume),
          detail: `keeps claim ${quoted(podVolume.byName)}, whose name has the form that stateful-deployments gives; every Pod that names it shares it. For a new claim, make the volume an emptyDir`,
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

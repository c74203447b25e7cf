import type { V1Pod } from "@kubernetes/client-node";
import jsonpatch from "fast-json-patch";
import type { ClaimManifest } from "../claim/build.ts";
import { fieldsOf, listOf } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import { withoutNulls } from "../template/shape.ts";
import { planClaims } from "../pod/plan.ts";
import { quoted } from "../contract/printable.ts";
import { annotationProblem } from "../field/problem.ts";
import type { PathStep, Problem } from "../field/problem.ts";
import { parseTemplates } from "../template/parse.ts";
import {
  CLAIM_LABEL_PREFIX,
  TEMPLATE_NAME,
  TEMPLATE_TEMPLATES,
} from "../contract/keys.ts";
import { readAnnotations } from "./annotation-texts.ts";
import {
  namePlaceholder,
  PLACEHOLDER_TIME,
  PLACEHOLDER_UID,
  withSource,
} from "./name-placeholder.ts";
import { readLists } from "./pod-lists.ts";

/** What becomes of one Pod template; paths of problems begin at it. */
export type TemplatePlan =
  | { readonly kind: "leave"; readonly warnings: readonly Problem[] }
  | { readonly kind: "refuse"; readonly problems: readonly Problem[] }
  | {
      readonly kind: "claim";
      readonly claims: readonly ClaimManifest[];
      /** The template as the Pods will be. */
      readonly template: Fields;
      readonly warnings: readonly Problem[];
    };

/** The object that a Pod template is in. */
export interface TemplateOwner {
  /** Its own name or generateName. */
  readonly name: string;
  /** True when the template is the object itself. */
  readonly isPod: boolean;
  /** The names in a StatefulSet's volumeClaimTemplates, each in its place; empty where one is missing. */
  readonly claimed: readonly string[];
  readonly namespace: string;
}

/** Decides as the function does about the Pods that a controller makes of `given`. Whatever is wrong does not hide the rest. */
export async function planTemplate(
  given: Fields,
  owner: TemplateOwner,
): Promise<TemplatePlan> {
  const annotations = readAnnotations(given);
  // As the API server stores it: a null is an absent field.
  const lists = readLists(fieldsOf(withoutNulls(annotations.template)));
  const { template } = lists;
  const unreadable = [...annotations.problems, ...lists.problems];

  const pod = podOf(template, owner);
  const plan = await planClaims(
    pod,
    {
      requestUid: PLACEHOLDER_UID,
      requestedAt: PLACEHOLDER_TIME,
      namespace: owner.namespace,
    },
    namePlaceholder,
  );
  if (plan.kind === "leave" && unreadable.length === 0) return plan;
  const problems = [
    ...unreadable,
    ...(plan.kind === "refuse" ? plan.problems : []).filter(
      // What is in no list that can be read may be in one that cannot.
      ({ path }) => lists.problems.length === 0 || !isAboutAllVolumes(path),
    ),
    ...(plan.kind === "leave" ? [] : await claimedTwice(pod, owner.claimed)),
  ];
  if (plan.kind !== "claim" || problems.length > 0)
    return { kind: "refuse", problems };
  const claims = plan.claims.map(withSource);
  return {
    kind: "claim",
    claims,
    template: jsonpatch.applyPatch(template, plan.patch, false, false)
      .newDocument,
    warnings: [
      ...plan.warnings,
      ...(owner.isPod ? [] : undeclaredVolumes(template, claims)),
    ],
  };
}

function podOf(template: Fields, { isPod, name }: TemplateOwner): V1Pod {
  const metadata = fieldsOf(template["metadata"]);
  return {
    ...template,
    // Controllers name the Pods after themselves, whatever name a template has.
    metadata: isPod
      ? metadata
      : { ...metadata, name: "", generateName: `${name}-` },
  };
}

/**
 * What is wrong with volumes that a StatefulSet's controller puts claims of its own into, whatever the template declares there. The
 * function sees such a claim in each Pod and refuses its type; here, as in the early-feedback policy, it is known whence it comes.
 */
async function claimedTwice(
  { metadata }: V1Pod,
  claimed: readonly string[],
): Promise<Problem[]> {
  if (claimed.length === 0) return [];
  const parsed = await parseTemplates(metadata?.annotations);
  if (parsed.kind === "none") return [];
  const [key, whose] =
    metadata?.annotations?.[TEMPLATE_TEMPLATES] === undefined
      ? [TEMPLATE_NAME, ""]
      : [TEMPLATE_TEMPLATES, "template "];
  return parsed.volumes.flatMap(({ volume }) => {
    const index = claimed.indexOf(volume);
    return index < 0 ||
      metadata?.labels?.[CLAIM_LABEL_PREFIX + volume] !== undefined
      ? []
      : annotationProblem(
          key,
          `: ${whose}${quoted(volume)} contradicts spec.volumeClaimTemplates[${index}], with which the StatefulSet makes that volume a claim of its own; leave out the annotations or that template`,
        );
  });
}

function isAboutAllVolumes(path: readonly PathStep[]): boolean {
  return path.length === 2 && path[1] === "volumes";
}

/** Kubernetes checks the template of a Deployment before there is a Pod, and refuses what the function would add. */
function undeclaredVolumes(
  template: Fields,
  claims: readonly ClaimManifest[],
): Problem[] {
  const declared = new Set(
    listOf(fieldsOf(template["spec"])["volumes"]).map(
      (volume) => fieldsOf(volume)["name"],
    ),
  );
  return claims.flatMap(({ metadata }) => {
    const volume = metadata.labels[TEMPLATE_NAME];
    return declared.has(volume)
      ? []
      : [
          {
            message: `volume ${JSON.stringify(volume)} is used but not declared, which Kubernetes itself refuses in the Pod template of most kinds; declare it as an emptyDir`,
            path: ["spec"],
          },
        ];
  });
}

import jsonpatch from "fast-json-patch";
import type { ClaimManifest } from "../claim/build-claim.ts";
import { fieldsOf, listOf } from "../pod/claim-template/finding.ts";
import type { Fields } from "../pod/claim-template/finding.ts";
import { withoutNulls } from "../pod/claim-template/shape.ts";
import { planClaims } from "../pod/plan-claims.ts";
import type { Plan } from "../pod/plan-claims.ts";
import type { PathStep, Problem } from "../pod/problem.ts";
import { TEMPLATE_NAME, TEMPLATE_TEMPLATES } from "../well-known.ts";
import { readAnnotations } from "./annotation-texts.ts";
import {
  namePlaceholder,
  PLACEHOLDER_UID,
  withSource,
} from "./name-placeholder.ts";
import { readLists } from "./pod-lists.ts";

/** What becomes of one Pod template; paths of problems begin at it. */
export type TemplatePlan =
  | { readonly kind: "leave" }
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
  /** Volumes that a StatefulSet has claims for already. */
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

  const plan = await planFor(template, owner);
  if (plan.kind === "leave" && unreadable.length === 0) return plan;
  const problems = [
    ...unreadable,
    ...(plan.kind === "refuse" ? plan.problems : []).filter(
      // What is in no list that can be read may be in one that cannot.
      ({ path }) => lists.problems.length === 0 || !isAboutAllVolumes(path),
    ),
    ...(await problemsWithClaims(template, owner)),
  ];
  if (plan.kind !== "claim" || problems.length > 0)
    return { kind: "refuse", problems };
  const claims = plan.claims.map((claim) => withSource(claim, plan.sources));
  return {
    kind: "claim",
    claims,
    template: jsonpatch.applyPatch(template, plan.patch, false, false)
      .newDocument,
    warnings: [
      ...plan.warnings.map((message) => ({ message, path: ["spec"] })),
      ...(owner.isPod ? [] : undeclaredVolumes(template, claims)),
    ],
  };
}

function planFor(
  template: Fields,
  { name, isPod, namespace }: TemplateOwner,
): Promise<Plan> {
  const metadata = fieldsOf(template["metadata"]);
  return planClaims(
    {
      uid: PLACEHOLDER_UID,
      resource: { group: "", version: "v1", resource: "pods" },
      operation: "CREATE",
      namespace,
      object: {
        ...template,
        // Controllers name the Pods after themselves, whatever name a template has.
        metadata: isPod
          ? metadata
          : { ...metadata, name: "", generateName: `${name}-` },
      },
    },
    namePlaceholder,
  );
}

/** What the function says of the volumes that a StatefulSet's controller puts its own claims into first. */
async function problemsWithClaims(
  template: Fields,
  owner: TemplateOwner,
): Promise<Problem[]> {
  if (owner.claimed.length === 0) return [];
  const spec = fieldsOf(template["spec"]);
  const volumes = [
    ...owner.claimed.map((name) => ({
      name,
      persistentVolumeClaim: { claimName: `${name}-${owner.name}-0` },
    })),
    ...listOf(spec["volumes"]).filter(
      (volume) => !owner.claimed.includes(String(fieldsOf(volume)["name"])),
    ),
  ];
  const plan = await planFor(
    { ...template, spec: { ...spec, volumes } },
    owner,
  );
  if (plan.kind !== "refuse") return [];
  const annotations = fieldsOf(fieldsOf(template["metadata"])["annotations"]);
  const key =
    TEMPLATE_TEMPLATES in annotations ? TEMPLATE_TEMPLATES : TEMPLATE_NAME;
  return plan.problems
    .filter(
      ({ path: [, list, index] }) =>
        list === "volumes" && Number(index) < owner.claimed.length,
    )
    .map(({ message }) => ({
      message,
      // Those volumes stand nowhere in the manifest: the annotation that names them does.
      path: ["metadata", "annotations", key],
    }));
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

import jsonpatch from "fast-json-patch";
import type { ClaimManifest } from "../claim/build-claim.ts";
import { fieldsOf, listOf } from "../pod/claim-template/finding.ts";
import type { Fields } from "../pod/claim-template/finding.ts";
import { withoutNulls } from "../pod/claim-template/shape.ts";
import { planClaims } from "../pod/plan-claims.ts";
import type { Plan } from "../pod/plan-claims.ts";
import type { Problem } from "../pod/problem.ts";
import { TEMPLATE_NAME, TEMPLATE_TEMPLATES } from "../well-known.ts";
import {
  namePlaceholder,
  PLACEHOLDER_UID,
  withSource,
} from "./name-placeholder.ts";
import { annotationTypeProblems, listProblems } from "./template-shape.ts";

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

/** Decides as the function does about the Pods that a controller makes of `given`. */
export async function planTemplate(
  given: Fields,
  owner: TemplateOwner,
): Promise<TemplatePlan> {
  // As the API server stores it: a null is an absent field.
  const template = fieldsOf(withoutNulls(given));
  const problems = [
    ...annotationTypeProblems(given),
    ...listProblems(template),
  ];
  if (problems.length > 0) return { kind: "refuse", problems };

  const plan = await planFor(template, owner);
  if (plan.kind !== "claim") return plan;
  const refusal = await refusalWithClaims(template, owner);
  if (refusal) return refusal;
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

/** What the function says when a StatefulSet's controller puts its own claims into the Pod first. */
async function refusalWithClaims(
  template: Fields,
  owner: TemplateOwner,
): Promise<TemplatePlan | undefined> {
  if (owner.claimed.length === 0) return undefined;
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
  if (plan.kind !== "refuse") return undefined;
  const annotations = fieldsOf(fieldsOf(template["metadata"])["annotations"]);
  const key =
    TEMPLATE_TEMPLATES in annotations ? TEMPLATE_TEMPLATES : TEMPLATE_NAME;
  return {
    kind: "refuse",
    // Those volumes stand nowhere in the manifest: the annotation that names them does.
    problems: plan.problems.map(({ message }) => ({
      message,
      path: ["metadata", "annotations", key],
    })),
  };
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

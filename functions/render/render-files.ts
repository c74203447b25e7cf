import type { ClaimManifest } from "../claim/build.ts";
import { fieldsOf, listOf } from "../field/value.ts";
import type { Fields } from "../field/value.ts";
import { pathText } from "../field/path.ts";
import type { FieldError } from "../field/field-error.ts";
import type { PathStep } from "../field/path.ts";
import {
  kindProblem,
  knownKindOf,
  misplacedAnnotationsIn,
  ourAnnotations,
  podTemplatesIn,
  textOf,
  workloadKindOf,
  namesOf,
} from "./kinds.ts";
import { locateProblem } from "./locate-problem.ts";
import type { LocatedProblem } from "./locate-problem.ts";
import type { ManifestFile } from "./manifest-files.ts";
import { labelsProblem, planTemplate } from "./plan-template.ts";
import type { PoolLabel, TemplateOwner } from "./plan-template.ts";
import { podCountOf, successionOf, waitMeetsSurge } from "./pod-count.ts";
import type { PodCount, Succession } from "./pod-count.ts";
import { readManifests } from "./read-manifests.ts";
import type { Manifest } from "./read-manifests.ts";
import { fieldMessage } from "../field/field-error.ts";

/** The result for all files, in their order. The problems and warnings of a file are in the order of its lines. */
export interface RenderedFiles {
  readonly renderings: readonly Rendering[];
  readonly problems: readonly LocatedProblem[];
  readonly warnings: readonly LocatedProblem[];
}

/** Renders every object of every file, even if others are wrong. Pools get a placeholder as label unless `poolLabel` is given. */
export async function renderFiles(
  files: readonly ManifestFile[],
  namespace?: string,
  poolLabel?: PoolLabel,
): Promise<RenderedFiles> {
  const renderings: Rendering[] = [];
  const problems: LocatedProblem[] = [];
  const warnings: LocatedProblem[] = [];
  for (const file of files) {
    const read = readManifests(file);
    const rejected = [...read.problems];
    const doubtful: LocatedProblem[] = [];
    for (const manifest of read.manifests) {
      const outcome = await renderManifest(manifest, namespace, poolLabel);
      if (outcome.rendering) renderings.push(outcome.rendering);
      rejected.push(...outcome.problems);
      doubtful.push(...outcome.warnings);
    }
    problems.push(...rejected.toSorted(byPlace));
    warnings.push(...doubtful.toSorted(byPlace));
  }
  return { renderings, problems, warnings };
}

function byPlace(left: LocatedProblem, right: LocatedProblem): number {
  return left.line - right.line || left.column - right.column;
}

/** A claim as far as it can be known without a cluster. */
export interface RenderedClaim extends Omit<ClaimManifest, "metadata"> {
  readonly metadata: Omit<ClaimManifest["metadata"], "namespace"> & {
    /** Absent when neither the manifest nor the command line names one. */
    readonly namespace?: string;
  };
}

/** What the Pods of one template get. */
interface RenderedTemplate {
  readonly claims: readonly RenderedClaim[];
  readonly pods: PodCount;
  /** Present when the Pods reuse claims. */
  readonly reuse?: Reuse;
}

/** How the Pods of one template reuse claims. */
export interface Reuse {
  /** What people call the pool. */
  readonly pool: string;
  readonly succession: Succession;
}

/** What the function makes of one object. */
export interface Rendering {
  /** `Deployment/web`. */
  readonly workload: string;
  readonly namespace?: string;
  readonly templates: readonly RenderedTemplate[];
  /** The object with its Pod templates as its Pods will be. */
  readonly object: Fields;
}

/** `rendering` is present if the object has our annotations and nothing is wrong. */
interface RenderOutcome {
  readonly rendering?: Rendering;
  readonly problems: readonly LocatedProblem[];
  readonly warnings: readonly LocatedProblem[];
}

/** Decides about every Pod template of an object as the function would about its Pods. `fallback` is the namespace of objects without one. */
async function renderManifest(
  manifest: Manifest,
  fallback?: string,
  poolLabel?: PoolLabel,
): Promise<RenderOutcome> {
  const { object } = manifest;
  const { title, name, namespace = fallback } = namesOf(object);
  const problems: LocatedProblem[] = [];
  const warnings = misplacedAnnotations(manifest, title);
  const templates: RenderedTemplate[] = [];
  const counts: FieldError[] = [];
  let patched = object;

  const annotated = podTemplatesIn(object).filter(
    ({ template }) => ourAnnotations(template).length > 0,
  );
  const ofKind = kindProblem(object);
  if (ofKind && annotated.length + warnings.length > 0)
    problems.push(locateProblem(manifest, title, [], ofKind));
  for (const { path, template } of annotated) {
    const who = path.length > 0 ? `${title} ${pathText(path)}` : title;
    const located = (problem: FieldError): LocatedProblem =>
      locateProblem(manifest, who, path, problem);
    if (isOnlyLikeATemplate(object, template)) {
      warnings.push(
        located({
          subject: "its Pods",
          detail: `cannot be shown: the template has no spec.containers, and render does not know this kind`,
          path: ["spec"],
        }),
      );
      continue;
    }
    const owner: TemplateOwner = {
      name: name ?? "pod",
      kind: workloadKindOf(object),
      isPod: path.length === 0,
      claimed: ownClaimsOf(object),
      namespace: namespace ?? "",
    };
    const plan = await planTemplate(template, owner, poolLabel);
    if (plan.kind !== "deny") warnings.push(...plan.warnings.map(located));
    if (plan.kind === "allow") continue;
    const ofLabels = labelsProblem(template);
    if (ofLabels) problems.push(located(ofLabels));
    const pods = podCountOf(object, path);
    counts.push(...pods.problems);
    if (plan.kind === "deny") problems.push(...plan.errors.map(located));
    if (plan.kind !== "patch") continue;
    const succession = successionOf(object);
    warnings.push(
      ...waitMeetsSurge(
        fieldsOf(fieldsOf(template["metadata"])["annotations"]),
        plan.claims.map(({ metadata }) => metadata.annotations),
        succession,
      ).map(located),
    );
    templates.push({
      claims: plan.claims.map((claim) => withNamespace(claim, namespace)),
      pods: pods.value,
      ...(plan.pool !== undefined && {
        reuse: { pool: plan.pool, succession },
      }),
    });
    patched = fieldsOf(replaced(patched, path, plan.template));
  }
  // Several templates may depend on the same number: report it once.
  const ofCounts = new Map(counts.map((each) => [fieldMessage(each), each]));
  for (const problem of ofCounts.values())
    problems.push(locateProblem(manifest, title, [], problem));
  if (templates.length === 0 || problems.length > 0)
    return { problems, warnings };
  return {
    rendering: {
      workload: title,
      ...(namespace !== undefined && { namespace }),
      templates,
      object: patched,
    },
    problems,
    warnings,
  };
}

/** True for a template without containers, such as that of a virtual machine: its controller adds them. */
function isOnlyLikeATemplate(object: Fields, template: Fields): boolean {
  return (
    knownKindOf(object) === undefined &&
    !("containers" in fieldsOf(template["spec"]))
  );
}

/** The names in a StatefulSet's volumeClaimTemplates, in their order. */
function ownClaimsOf(object: Fields): string[] {
  if (!knownKindOf(object)?.claimsItself) return [];
  return listOf(fieldsOf(object["spec"])["volumeClaimTemplates"]).map(
    (template) =>
      textOf(fieldsOf(fieldsOf(template)["metadata"])["name"]) ?? "",
  );
}

/** Leaves the namespace out if nothing names one: the default namespace of the cluster is not known. */
function withNamespace(
  claim: ClaimManifest,
  namespace: string | undefined,
): RenderedClaim {
  const { namespace: _, name, ...metadata } = claim.metadata;
  return {
    ...claim,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...metadata,
    },
  };
}

/** A copy of `value` with `part` at `path`. A copy, since YAML anchors share objects. */
function replaced(
  value: unknown,
  [step, ...rest]: readonly PathStep[],
  part: unknown,
): unknown {
  if (step === undefined) return part;
  if (Array.isArray(value))
    return value.map((item: unknown, index) =>
      index === step ? replaced(item, rest, part) : item,
    );
  const fields = fieldsOf(value);
  return { ...fields, [step]: replaced(fields[step], rest, part) };
}

/** Warns of our annotations where nothing reads them. */
function misplacedAnnotations(
  manifest: Manifest,
  title: string,
): LocatedProblem[] {
  const [template, ...more] = podTemplatesIn(manifest.object);
  const instead =
    template && more.length === 0
      ? `, ${pathText([...template.path, "metadata", "annotations"])}`
      : "";
  return misplacedAnnotationsIn(manifest.object).map(({ path, keys }) => {
    const place = [...path, "metadata", "annotations"];
    const who = `${title} ${pathText(place)}`;
    const [key = ""] = keys;
    return locateProblem(manifest, who, place, {
      subject: "",
      detail: `nothing reads ${keys.join(", ")} here; annotations belong on the Pod template${instead}`,
      path: [key],
    });
  });
}

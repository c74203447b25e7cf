import { CLAIM_KIND, TEMPLATE_PREFIX } from "../contract/keys.ts";
import { fieldsOf, isFields } from "../field/value.ts";
import type { Fields } from "../field/value.ts";
import type { FieldError } from "../field/field-error.ts";
import type { PathStep } from "../field/path.ts";

/** What render knows about a kind that creates Pods from a template. */
export interface KnownKind {
  /**
   * How its Pods are counted: one for each node; as for a Job; by the field `replicas`, 1 if it is absent; by `replicas` with several
   * Pods in a replica; or 1, for a kind that scales itself.
   */
  readonly counts:
    | "per-node"
    | "job"
    | "replicas"
    | "leader-and-workers"
    | "ray-groups"
    | "autoscaled";
  /** How many more Pods there are during a rollout; undefined if render does not know. */
  readonly surge: "max-surge" | "none" | undefined;
  /** True when its controller makes claims of its own from `spec.volumeClaimTemplates`. */
  readonly claimsItself?: true;
}

/** To add a kind, add a line. The group is part of the key: `Job` in `batch` and `Job` in `batch.volcano.sh` are two kinds. */
const KINDS: ReadonlyMap<string, KnownKind> = new Map<string, KnownKind>([
  ["/Pod", { counts: "replicas", surge: "none" }],
  ["/ReplicationController", { counts: "replicas", surge: "none" }],
  ["apps/Deployment", { counts: "replicas", surge: "max-surge" }],
  ["apps/ReplicaSet", { counts: "replicas", surge: "none" }],
  [
    "apps/StatefulSet",
    { counts: "replicas", surge: "none", claimsItself: true },
  ],
  ["apps/DaemonSet", { counts: "per-node", surge: "none" }],
  ["batch/Job", { counts: "job", surge: "none" }],
  ["batch/CronJob", { counts: "job", surge: "none" }],
  // https://openkruise.io/docs/
  ["apps.kruise.io/CloneSet", { counts: "replicas", surge: undefined }],
  [
    "apps.kruise.io/StatefulSet",
    { counts: "replicas", surge: undefined, claimsItself: true },
  ],
  ["apps.kruise.io/DaemonSet", { counts: "per-node", surge: undefined }],
  // https://argoproj.github.io/argo-rollouts/features/specification/
  ["argoproj.io/Rollout", { counts: "replicas", surge: undefined }],
  ["jobset.x-k8s.io/JobSet", { counts: "replicas", surge: undefined }],
  ["keda.sh/ScaledJob", { counts: "replicas", surge: undefined }],
  [
    "leaderworkerset.x-k8s.io/LeaderWorkerSet",
    { counts: "leader-and-workers", surge: undefined },
  ],
  // https://docs.ray.io/en/latest/cluster/kubernetes/user-guides/config.html
  ["ray.io/RayCluster", { counts: "ray-groups", surge: undefined }],
  ["ray.io/RayJob", { counts: "ray-groups", surge: undefined }],
  ["ray.io/RayService", { counts: "ray-groups", surge: undefined }],
  [
    "serving.knative.dev/Configuration",
    { counts: "autoscaled", surge: undefined },
  ],
  ["serving.knative.dev/Revision", { counts: "autoscaled", surge: undefined }],
  ["serving.knative.dev/Service", { counts: "autoscaled", surge: undefined }],
]);

/** By the name alone. If several groups have the name, the first in the list counts. */
const BY_KIND: ReadonlyMap<string, KnownKind> = new Map(
  [...KINDS]
    .toReversed()
    .map(([name, known]) => [name.slice(name.indexOf("/") + 1), known]),
);

/** What render knows about the kind of an object, if anything. For an object without a group, the name of the kind decides. */
export function knownKindOf(object: Fields): KnownKind | undefined {
  const kind = String(object["kind"]);
  const group = groupOf(object);
  return group === undefined
    ? BY_KIND.get(kind)
    : KINDS.get(`${group}/${kind}`);
}

/** True if another group has a known kind of the same name. */
function isNamesake(object: Fields): boolean {
  return (
    knownKindOf(object) === undefined && BY_KIND.has(String(object["kind"]))
  );
}

/** True for a kind of the core group, such as Pod. */
export function isOfCore(object: unknown, kind: string): boolean {
  if (!isFields(object)) return false;
  const group = groupOf(object);
  return object["kind"] === kind && (group === undefined || group === "");
}

/** The group in `apiVersion`: empty for the core group, undefined if the object has no `apiVersion`. */
function groupOf({ apiVersion }: Fields): string | undefined {
  if (typeof apiVersion !== "string" || apiVersion === "") return undefined;
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The names of an object. */
interface ObjectNames {
  /** `Deployment/web`, or what the object has of it; `Job.batch.volcano.sh/web` if another group has a known kind of that name. */
  readonly title: string;
  /** Its name or generateName. */
  readonly name?: string;
  readonly namespace?: string;
}

/** Reads the names of `object`. */
export function namesOf(object: Fields): ObjectNames {
  const metadata = fieldsOf(object["metadata"]);
  const kind = kindText(object);
  const name = textOf(metadata["name"]) ?? textOf(metadata["generateName"]);
  const namespace = textOf(metadata["namespace"]);
  const titled = [kind, name].filter((text) => text !== undefined);
  return {
    title: titled.length > 0 ? titled.join("/") : "object",
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}

/** The kind of an object as the function calls the workload of its Pods. Knative names its Services by a label of the Pods. */
export function workloadKindOf(object: Fields): string {
  const kind = textOf(object["kind"]) ?? "object";
  return kind === "Service" && knownKindOf(object) !== undefined
    ? "Knative Service"
    : kind;
}

function kindText(object: Fields): string | undefined {
  const kind = textOf(object["kind"]);
  const group = groupOf(object);
  return kind !== undefined && group && isNamesake(object)
    ? `${kind}.${group}`
    : kind;
}

/** What is wrong with the field `kind`, if anything. */
export function kindProblem({ kind }: Fields): FieldError | undefined {
  if (textOf(kind) !== undefined) return undefined;
  const path = ["kind"];
  return kind === undefined || kind === null || kind === ""
    ? {
        detail: "is missing: it says what this is, such as Deployment",
        path,
      }
    : { path, value: kind, detail: "is not a text" };
}

/** `value` if it is a text and not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A Pod or a Pod template. */
interface PodTemplate {
  /** The path from the object to the template; empty for a Pod, which is its own template. */
  readonly path: readonly PathStep[];
  readonly template: Fields;
}

/**
 * Finds the Pod templates in an object of any kind. It finds them by their shape, a `spec` with `containers`, and therefore also in
 * a kind that is not in the list, at any path.
 */
export function podTemplatesIn(
  value: unknown,
  path: readonly PathStep[] = [],
): PodTemplate[] {
  if (typeof value !== "object" || value === null) return [];
  if (isPodTemplate(value, path.at(-1)))
    return [{ path, template: fieldsOf(value) }];
  return childrenOf(value).flatMap(([step, child]) =>
    podTemplatesIn(child, [...path, step]),
  );
}

/** Finds our annotations where nothing reads them, such as on a Deployment instead of on its Pod template. */
export function misplacedAnnotationsIn(
  value: unknown,
  path: readonly PathStep[] = [],
): { readonly path: readonly PathStep[]; readonly keys: readonly string[] }[] {
  if (typeof value !== "object" || value === null) return [];
  if (isPodTemplate(value, path.at(-1)) || isClaim(value)) return [];
  const keys = ourAnnotations(fieldsOf(value));
  return [
    ...(keys.length > 0 ? [{ path, keys }] : []),
    ...childrenOf(value).flatMap(([step, child]) =>
      // A StatefulSet's own templates may have been copied from ours.
      step === "volumeClaimTemplates"
        ? []
        : misplacedAnnotationsIn(child, [...path, step]),
    ),
  ];
}

/** The keys of our annotations on an object. */
export function ourAnnotations({ metadata }: Fields): string[] {
  return Object.keys(fieldsOf(fieldsOf(metadata)["annotations"])).filter(
    (key) => key.startsWith(TEMPLATE_PREFIX),
  );
}

/**
 * A template without a list of containers counts if it has our annotations: the message is then about the containers, not about
 * misplaced annotations. The template of a Job does not count: the Pod template is below it.
 */
function isPodTemplate(value: object, step: PathStep | undefined): boolean {
  const fields = fieldsOf(value);
  const spec = fieldsOf(fields["spec"]);
  if (Array.isArray(spec["containers"])) return true;
  return (
    ourAnnotations(fields).length > 0 &&
    ("containers" in spec ||
      (step === "template" && !("template" in spec)) ||
      isOfCore(fields, "Pod"))
  );
}

/** The annotations of a claim are its life cycle, and not misplaced. */
function isClaim(value: object): boolean {
  return isOfCore(value, CLAIM_KIND);
}

function childrenOf(value: object): [PathStep, unknown][] {
  return Array.isArray(value)
    ? value.map((child: unknown, index) => [index, child])
    : Object.entries(value);
}

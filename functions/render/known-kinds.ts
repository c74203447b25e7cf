import { isFields } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";

/** What is known here of a kind whose Pods come from a template. */
export interface KnownKind {
  /**
   * How its Pods are counted: one for each node, as a Job does, by the field `replicas` (one if it is not there), the same with more
   * than one Pod to a replica, or one for what scales itself.
   */
  readonly counts:
    | "per-node"
    | "job"
    | "replicas"
    | "leader-and-workers"
    | "ray-groups"
    | "autoscaled";
  /** How many Pods more there are during a rollout; undefined where that is not known. */
  readonly surge: "max-surge" | "none" | undefined;
  /** True when its controller makes claims of its own from `spec.volumeClaimTemplates`. */
  readonly claimsItself?: true;
}

/** Names of kinds are their groups' own: `Job` is one thing in the group `batch` and another one in `batch.volcano.sh`. */
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

/** Of names that several groups have, the first one's. */
const BY_KIND: ReadonlyMap<string, KnownKind> = new Map(
  [...KINDS]
    .toReversed()
    .map(([name, known]) => [name.slice(name.indexOf("/") + 1), known]),
);

/** What is known of the kind of an object, if anything is. One that does not say its group is taken for the kind of that name. */
export function knownKindOf(object: Fields): KnownKind | undefined {
  const kind = String(object["kind"]);
  const group = groupOf(object);
  return group === undefined
    ? BY_KIND.get(kind)
    : KINDS.get(`${group}/${kind}`);
}

/** True when its kind has the name of a known one, and is another: only its group tells them apart. */
export function isNamesake(object: Fields): boolean {
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

/** The group in `apiVersion`, empty for the core group; nothing where an object does not say it. */
export function groupOf({ apiVersion }: Fields): string | undefined {
  if (typeof apiVersion !== "string" || apiVersion === "") return undefined;
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

import { MANAGED_BY_LABEL, MANAGED_BY_VALUE } from "../contract/keys.ts";
import type { PathStep } from "../field/problem.ts";
import { fieldsOf, isFields } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";

/** Something in a template that its claim does not get. */
export interface Dropped {
  /** The way from the template to it. */
  readonly path: readonly PathStep[];
  /** The rest of a sentence that says that it is dropped. */
  readonly why: string;
}

const BY_KUBERNETES = "Kubernetes sets it";

/**
 * Labels and annotations by which another program takes an object for its own and deletes it when its own list has no such object:
 * no list has the claims of Pods. In rendered charts and on objects in a cluster they stand beside what people copy. A key that
 * ends in a slash stands for all below it. docs/annotations.md has the same list.
 */
export const NOT_INHERITED: ReadonlyMap<string, string> = new Map([
  [
    "app.kubernetes.io/instance",
    "Argo CD deletes what carries it and is not in Git",
  ],
  [
    "argocd.argoproj.io/instance",
    "Argo CD deletes what carries it and is not in Git",
  ],
  [
    "argocd.argoproj.io/tracking-id",
    "Argo CD deletes what carries it and is not in Git",
  ],
  [
    "kustomize.toolkit.fluxcd.io/name",
    "Flux takes what carries it for its own",
  ],
  [
    "kustomize.toolkit.fluxcd.io/namespace",
    "Flux takes what carries it for its own",
  ],
  [
    "kustomize.toolkit.fluxcd.io/checksum",
    "Flux deletes what carries it and is not in Git",
  ],
  ["fluxcd.io/sync-gc-mark", "Flux deletes what carries it and is not in Git"],
  [
    "applyset.kubernetes.io/part-of",
    "kubectl apply --prune deletes what carries it",
  ],
  [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl apply --prune deletes what carries it",
  ],
  ["kapp.k14s.io/app", "kapp deletes what carries it and is not in its files"],
  [
    "kapp.k14s.io/association",
    "kapp deletes what carries it and is not in its files",
  ],
  [
    "objectset.rio.cattle.io/",
    "Rancher deletes what carries it and is not in its set",
  ],
]);

/**
 * The template without what a StatefulSet ignores or overwrites in its own, and without what its claim must not inherit. Whatever
 * the values are: what is dropped cannot be wrong.
 */
export function dropFrom(value: unknown): {
  readonly template: unknown;
  readonly dropped: readonly Dropped[];
} {
  if (!isFields(value)) return { template: value, dropped: [] };
  const dropped: Dropped[] = [];
  const template = without(value, [], (field) =>
    field === "status" ? BY_KUBERNETES : undefined,
  );
  const { metadata } = template;
  if (!isFields(metadata)) return { template, dropped };
  const rest = without(metadata, ["metadata"], (field) =>
    field === "namespace"
      ? "the claim is made in the namespace of its Pod"
      : field === "creationTimestamp"
        ? BY_KUBERNETES
        : undefined,
  );
  const maps = (["labels", "annotations"] as const).flatMap((map) =>
    isFields(rest[map])
      ? [[map, without(rest[map], ["metadata", map], reasonToDrop)]]
      : [],
  );
  return {
    template: {
      ...template,
      metadata: { ...rest, ...fieldsOf(Object.fromEntries(maps)) },
    },
    dropped,
  };

  /** The fields that there is no reason to drop; of the others, the reason goes to `dropped`. */
  function without(
    fields: Fields,
    path: readonly PathStep[],
    reason: (field: string, value: unknown) => string | undefined,
  ): Fields {
    return Object.fromEntries(
      Object.entries(fields).filter(([field, content]) => {
        const why = reason(field, content);
        if (why !== undefined) dropped.push({ path: [...path, field], why });
        return why === undefined;
      }),
    );
  }
}

function reasonToDrop(key: string, value: unknown): string | undefined {
  if (key === MANAGED_BY_LABEL)
    return value === MANAGED_BY_VALUE
      ? undefined
      : "stateful-deployments sets it itself";
  return NOT_INHERITED.get(key) ?? NOT_INHERITED.get(key.replace(/\/.*/, "/"));
}

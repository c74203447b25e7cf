import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { differences } from "../../../support/object-differences.ts";

/** Every object of a cluster has its own. */
const OF_EACH_OBJECT =
  /^metadata\.(name|uid|resourceVersion|creationTimestamp|managedFields(\..*)?)$/;

/** A claim of a StatefulSet and ours, from one template. */
export interface ComparedClaims {
  readonly template: { readonly spec?: object };
  readonly ofSet: V1PersistentVolumeClaim;
  readonly ours: V1PersistentVolumeClaim;
}

interface KnownDifference {
  readonly path: RegExp;
  /** Row, column and words in the table of docs/annotations.md. */
  readonly part: string;
  readonly column: "here" | "StatefulSet";
  readonly words: string;
  /** True of claims that may not differ there. */
  readonly unless?: (claims: ComparedClaims) => boolean;
}

/** Every way in which our claim differs from a StatefulSet's of the same template. */
export const DIFFERENCES: readonly KnownDifference[] = [
  label("`managed`", /^managed$/),
  label("`app.kubernetes.io/managed-by`", /^app\.kubernetes\.io\/managed-by$/),
  label("`volume-claim-template/name`", /^volume-claim-template\/name$/),
  label("that are not dropped", /^app\.kubernetes\.io\/instance$/),
  {
    ...label("those of the Pods' selector", /^selected-by-set$/),
    column: "StatefulSet",
  },
  annotation("that are not dropped", /^argocd\.argoproj\.io\/tracking-id$/),
  annotation("`volume-claim/request-uid`", /^volume-claim\/request-uid$/),
  annotation("`volume-claim/requested-at`", /^volume-claim\/requested-at$/),
  annotation(
    "`volume-claim/owner-kind`, `-name`, `-uid`",
    /^volume-claim\/owner-(kind|name|uid)$/,
  ),
  {
    path: /^spec\.volumeName$/,
    part: "spec.volumeName",
    column: "here",
    words: "the volume that it is bound to",
    unless: ({ template, ofSet, ours }) =>
      "volumeName" in (template.spec ?? {}) ||
      [ofSet, ours].some(({ status }) => status?.phase !== "Bound"),
  },
];

function label(words: string, key: RegExp): KnownDifference {
  const path = new RegExp(key.source.replace("^", "^metadata\\.labels\\."));
  return { path, part: "metadata.labels", column: "here", words };
}

function annotation(words: string, key: RegExp): KnownDifference {
  const path = new RegExp(
    key.source.replace("^", "^metadata\\.annotations\\."),
  );
  return { path, part: "metadata.annotations", column: "here", words };
}

/** The paths at which two claims differ, without what every object has of its own. */
export function differingPaths({
  ofSet,
  ours,
}: Omit<ComparedClaims, "template">): string[] {
  return differences(ofSet, ours)
    .map(({ path }) => path)
    .filter((path) => !OF_EACH_OBJECT.test(path));
}

/** The paths at which two claims differ and no known difference is. */
export function unknownDifferences(claims: ComparedClaims): string[] {
  return differingPaths(claims).filter(
    (differing) =>
      !DIFFERENCES.some(
        ({ path, unless }) => path.test(differing) && unless?.(claims) !== true,
      ),
  );
}

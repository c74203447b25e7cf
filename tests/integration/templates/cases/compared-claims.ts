import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { differences } from "../../../support/object-differences.ts";

/** What no two objects of a cluster share: it says nothing of who made them. */
const OF_EACH_OBJECT =
  /^metadata\.(name|uid|resourceVersion|creationTimestamp|managedFields(\..*)?)$/;

/** A claim of a StatefulSet and ours, from one template. */
export interface ComparedClaims {
  readonly template: { readonly spec?: object };
  readonly ofSet: V1PersistentVolumeClaim;
  readonly ours: V1PersistentVolumeClaim;
}

interface KnownDifference {
  readonly what: string;
  /** Where docs/annotations.md has it: a row of its table, and words of the column of whose claim it is. */
  readonly docs: {
    readonly part: string;
    readonly column: "here" | "StatefulSet";
    readonly words: string;
  };
  readonly path: RegExp;
  /** True of claims that may not differ there all the same. */
  readonly unless?: (claims: ComparedClaims) => boolean;
}

/**
 * Every way in which our claim is other than a StatefulSet's from the same template: labels and annotations that we add,
 * one group that we leave out, and the volume itself once both claims are bound.
 */
export const DIFFERENCES: readonly KnownDifference[] = [
  {
    what: "our label managed",
    docs: { part: "metadata.labels", column: "here", words: "`managed`" },
    path: /^metadata\.labels\.managed$/,
  },
  {
    what: "our label app.kubernetes.io/managed-by",
    docs: {
      part: "metadata.labels",
      column: "here",
      words: "`app.kubernetes.io/managed-by`",
    },
    path: /^metadata\.labels\.app\.kubernetes\.io\/managed-by$/,
  },
  {
    what: "our label volume-claim-template/name",
    docs: {
      part: "metadata.labels",
      column: "here",
      words: "`volume-claim-template/name`",
    },
    path: /^metadata\.labels\.volume-claim-template\/name$/,
  },
  {
    what: "a label by which other programs delete",
    docs: {
      part: "metadata.labels",
      column: "here",
      words: "but those that are dropped",
    },
    path: /^metadata\.labels\.app\.kubernetes\.io\/instance$/,
  },
  {
    what: "an annotation by which other programs delete",
    docs: {
      part: "metadata.annotations",
      column: "here",
      words: "but those that are dropped",
    },
    path: /^metadata\.annotations\.argocd\.argoproj\.io\/tracking-id$/,
  },
  {
    what: "our annotation volume-claim/request-uid",
    docs: {
      part: "metadata.annotations",
      column: "here",
      words: "`volume-claim/request-uid`",
    },
    path: /^metadata\.annotations\.volume-claim\/request-uid$/,
  },
  {
    what: "our annotation volume-claim/requested-at",
    docs: {
      part: "metadata.annotations",
      column: "here",
      words: "`volume-claim/requested-at`",
    },
    path: /^metadata\.annotations\.volume-claim\/requested-at$/,
  },
  {
    what: "our annotations volume-claim/owner-kind, -name and -uid",
    docs: {
      part: "metadata.annotations",
      column: "here",
      words: "`volume-claim/owner-kind`, `-name`, `-uid`",
    },
    path: /^metadata\.annotations\.volume-claim\/owner-(kind|name|uid)$/,
  },
  {
    what: "the labels of the StatefulSet's selector, which it adds to its claims",
    docs: {
      part: "metadata.labels",
      column: "StatefulSet",
      words: "those of the Pods' selector",
    },
    path: /^metadata\.labels\.selected-by-set$/,
  },
  {
    what: "the volume that a claim is bound to",
    docs: {
      part: "spec.volumeName",
      column: "here",
      words: "the volume that it is bound to",
    },
    path: /^spec\.volumeName$/,
    // What a template asks for is no accident, and of a claim that is not bound nobody has chosen the volume.
    unless: ({ template, ofSet, ours }) =>
      "volumeName" in (template.spec ?? {}) ||
      [ofSet, ours].some(({ status }) => status?.phase !== "Bound"),
  },
];

/** The paths at which two claims differ, without what no two objects share. */
export function differingPaths({
  ofSet,
  ours,
}: Omit<ComparedClaims, "template">): string[] {
  return differences(ofSet, ours)
    .map(({ path }) => path)
    .filter((path) => !OF_EACH_OBJECT.test(path));
}

/** The paths at which two claims differ in a way that is none of those known. */
export function unknownDifferences(claims: ComparedClaims): string[] {
  return differingPaths(claims).filter(
    (differing) =>
      !DIFFERENCES.some(
        ({ path, unless }) => path.test(differing) && unless?.(claims) !== true,
      ),
  );
}

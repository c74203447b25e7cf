import type { V1TypedLocalObjectReference } from "@kubernetes/client-node";
import { isLabelSelector } from "../kubernetes/label-selector.ts";
import { isDnsSubdomain } from "../kubernetes/names.ts";
import { quoted } from "../contract/printable.ts";

export const CLAIM_KIND = "PersistentVolumeClaim";
export const SNAPSHOT_KIND = "VolumeSnapshot";
/** Group and version of the snapshots that are read. */
export const SNAPSHOT_API = "snapshot.storage.k8s.io/v1";
export const [SNAPSHOT_GROUP = ""] = SNAPSHOT_API.split("/");

const KINDS: readonly string[] = [SNAPSHOT_KIND, CLAIM_KIND];

/** What a volume starts from; `text` is the annotation's value. */
export type DataSource = { readonly text: string } & (
  | { readonly kind: "snapshot" | "claim"; readonly name: string }
  | { readonly kind: "newest-snapshot"; readonly selector: string }
);

/** What is wrong with the value of the annotation, as the rest of a sentence that begins with it. */
export function dataSourceProblem(text: string): string | undefined {
  const { kind, separator, rest } = split(text);
  if (separator === "")
    return `is not a source; write it like ${SNAPSHOT_KIND}/nightly, ${CLAIM_KIND}/seed or ${SNAPSHOT_KIND}?app=orders`;
  if (kind.includes("."))
    return `names an API group; leave it out: a ${SNAPSHOT_KIND} is always of ${SNAPSHOT_GROUP}, and a ${CLAIM_KIND} is in no group`;
  if (!KINDS.includes(kind))
    return `has the unknown kind ${quoted(kind)}; known are ${KINDS.join(", ")}`;
  if (separator === "?") {
    if (kind === CLAIM_KIND)
      return `chooses a ${CLAIM_KIND} by labels, and only a ${SNAPSHOT_KIND} can be chosen so; write ${CLAIM_KIND}/ and its name`;
    return isLabelSelector(rest)
      ? undefined
      : `has no label selector after the question mark; write it like ${SNAPSHOT_KIND}?app=orders,tier in (nightly, weekly)`;
  }
  if (rest.includes("/"))
    return `names a namespace; a source is always in the Pod's own: write ${kind}/ and its name`;
  return isDnsSubdomain(rest)
    ? undefined
    : "does not end in the name of an object: use lower-case letters, digits, dashes and dots";
}

/** The source that a sound value of the annotation names. */
export function dataSourceOf(text: string): DataSource {
  const { kind, separator, rest } = split(text);
  if (separator === "?")
    return { text, kind: "newest-snapshot", selector: rest };
  return {
    text,
    kind: kind === SNAPSHOT_KIND ? "snapshot" : "claim",
    name: rest,
  };
}

/** A claim's `spec.dataSource` that starts from the snapshot `name`. */
export function snapshotReference(name: string): V1TypedLocalObjectReference {
  return { apiGroup: SNAPSHOT_GROUP, kind: SNAPSHOT_KIND, name };
}

/** A claim's `spec.dataSource` that starts from a copy of the claim `name`. */
export function claimReference(name: string): V1TypedLocalObjectReference {
  return { kind: CLAIM_KIND, name };
}

/** The claim's `spec.dataSource` for a source, as far as it is known without a cluster: of the newest snapshot it is not. */
export function referenceTo(
  source: DataSource,
): V1TypedLocalObjectReference | undefined {
  switch (source.kind) {
    case "snapshot":
      return snapshotReference(source.name);
    case "claim":
      return claimReference(source.name);
    case "newest-snapshot":
      return undefined;
    default:
      return source satisfies never;
  }
}

/** A selector may have slashes and a name may not have question marks: the first of both decides. */
function split(text: string): {
  readonly kind: string;
  readonly separator: string;
  readonly rest: string;
} {
  const at = text.search(/[/?]/);
  return at < 0
    ? { kind: text, separator: "", rest: "" }
    : {
        kind: text.slice(0, at),
        separator: text.charAt(at),
        rest: text.slice(at + 1),
      };
}

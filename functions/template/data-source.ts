import type { V1TypedLocalObjectReference } from "@kubernetes/client-node";
import { CLAIM_KIND } from "../contract/keys.ts";
import { isLabelSelector } from "../contract/label-selector.ts";
import { isDnsSubdomain } from "../contract/names.ts";
import { quoted } from "../contract/printable.ts";
import { textErrors } from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import type { PathStep } from "../field/path.ts";
import { fieldsOf } from "../field/value.ts";
import type { Fields } from "../field/value.ts";

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

/** Checks the value of the annotation. Returns the detail of an error, or undefined for a valid value. */
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
      return `chooses a ${CLAIM_KIND} by labels, and labels work only for a ${SNAPSHOT_KIND}; write ${CLAIM_KIND}/ and its name`;
    return isLabelSelector(rest)
      ? undefined
      : `has no label selector after the question mark; write it like ${SNAPSHOT_KIND}?app=orders,tier in (nightly, weekly)`;
  }
  if (rest.includes("/"))
    return `names a namespace; a source is always in the namespace of the Pod: write ${kind}/ and its name`;
  return isDnsSubdomain(rest)
    ? undefined
    : "does not end in the name of an object: use lower-case letters, digits, dashes and dots";
}

/** The source that a valid value of the annotation names. */
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

/** The claim's `spec.dataSource` for a source; undefined for the newest snapshot, which only the cluster knows. */
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

/** The errors of `spec.dataSource` and `spec.dataSourceRef` in a template. */
export function sourceErrors({
  dataSource,
  dataSourceRef,
}: Fields): FieldError[] {
  return [
    ...(dataSource === undefined ? [] : dataSourceErrors(dataSource)),
    ...(dataSourceRef === undefined ? [] : dataSourceRefErrors(dataSourceRef)),
    ...(dataSource === undefined || dataSourceRef === undefined
      ? []
      : contradictions(dataSource, dataSourceRef)),
  ];
}

function dataSourceErrors(value: unknown): FieldError[] {
  const path: readonly PathStep[] = ["spec", "dataSource"];
  const { apiGroup, kind } = fieldsOf(value);
  const isIgnored =
    apiGroup &&
    kind !== CLAIM_KIND &&
    !(kind === SNAPSHOT_KIND && apiGroup === SNAPSHOT_GROUP);
  return [
    ...referenceErrors(value, path),
    // The API server would drop it silently, and the volume would be empty.
    ...(isIgnored
      ? [
          {
            path,
            value,
            detail: `would be ignored: here only a ${CLAIM_KIND} and a ${SNAPSHOT_KIND} of ${SNAPSHOT_GROUP} count; use dataSourceRef`,
          },
        ]
      : []),
  ];
}

function dataSourceRefErrors(value: unknown): FieldError[] {
  const path: readonly PathStep[] = ["spec", "dataSourceRef"];
  const { namespace } = fieldsOf(value);
  return [
    ...referenceErrors(value, path),
    // Unless an alpha feature gate is on, the API server drops the whole reference, and the volume would be empty.
    ...(typeof namespace === "string" && namespace !== ""
      ? [
          {
            path: [...path, "namespace"],
            value: namespace,
            detail:
              "is not supported: most clusters ignore a source with a namespace; bring it into the Pod's namespace and leave this out",
          },
        ]
      : []),
  ];
}

function contradictions(
  dataSource: unknown,
  dataSourceRef: unknown,
): FieldError[] {
  const [left, right] = [fieldsOf(dataSource), fieldsOf(dataSourceRef)];
  return ["apiGroup", "kind", "name"].some((key) => left[key] !== right[key])
    ? [
        {
          path: ["spec", "dataSource"],
          value: dataSource,
          detail: "contradicts dataSourceRef; leave one of them out",
        },
      ]
    : [];
}

function referenceErrors(
  reference: unknown,
  path: readonly PathStep[],
): FieldError[] {
  const { apiGroup, kind, name } = fieldsOf(reference);
  return [
    ...textErrors(apiGroup, [...path, "apiGroup"], (group) =>
      group === "" || isDnsSubdomain(group)
        ? undefined
        : `is not an API group; write it without a version, like ${SNAPSHOT_GROUP}`,
    ),
    ...textErrors(kind, [...path, "kind"], (text) => {
      if (!/^[A-Z][A-Za-z0-9]*$/.test(text))
        return `is not a kind; write it like ${SNAPSHOT_KIND}`;
      if (text === CLAIM_KIND)
        return apiGroup ? "is in no API group; leave apiGroup out" : undefined;
      return apiGroup
        ? undefined
        : `needs its apiGroup${text === SNAPSHOT_KIND ? `, ${SNAPSHOT_GROUP}` : ""}: without it only a ${CLAIM_KIND} is allowed`;
    }),
    ...textErrors(name, [...path, "name"], (text) =>
      isDnsSubdomain(text) ? undefined : "is not the name of an object",
    ),
  ];
}

/** Splits at the first slash or question mark: a selector may have slashes, and a name has no question marks. */
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

import type {
  V1Affinity,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
} from "@kubernetes/client-node";

/** What a Pod says about its nodes. */
export interface NodeConstraints {
  readonly affinity?: V1Affinity | undefined;
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
}

/** The terms of each volume of a set that the janitor has copied from it. What cannot be read counts as no condition. */
export function volumeTermsIn(
  text: string | undefined,
): readonly (readonly V1NodeSelectorTerm[])[] {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isListOfTerms) : [];
  } catch {
    return [];
  }
}

function isListOfTerms(value: unknown): value is V1NodeSelectorTerm[] {
  return (
    Array.isArray(value) &&
    value.every(
      (term: unknown) =>
        isRecord(term) &&
        (term["matchExpressions"] === undefined ||
          (Array.isArray(term["matchExpressions"]) &&
            term["matchExpressions"].every(isRequirement))),
    )
  );
}

function isRequirement(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { key, operator, values } = value;
  return (
    typeof key === "string" &&
    typeof operator === "string" &&
    (Array.isArray(values) ||
      (values === undefined && operator !== "In" && operator !== "NotIn"))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/**
 * True when the Pod's own nodeSelector or required node affinity excludes every node of a volume. `volume` has the terms of the
 * volume's node affinity: a node must match one of them. Only conditions that certainly exclude each other count.
 */
export function excludesVolume(
  { affinity, nodeSelector = {} }: NodeConstraints,
  volume: readonly V1NodeSelectorTerm[],
): boolean {
  if (volume.length === 0) return false;
  const selector: V1NodeSelectorRequirement[] = Object.entries(
    nodeSelector,
  ).map(([key, value]) => ({ key, operator: "In", values: [value] }));
  const required =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms;
  const pod = (required ?? [{}]).map(({ matchExpressions = [] }) => [
    ...selector,
    ...matchExpressions,
  ]);
  return pod.every((wanted) =>
    volume.every(({ matchExpressions = [] }) =>
      wanted.some((one) =>
        matchExpressions.some((other) => excludeEachOther(one, other)),
      ),
    ),
  );
}

function excludeEachOther(
  one: V1NodeSelectorRequirement,
  other: V1NodeSelectorRequirement,
): boolean {
  if (one.key !== other.key) return false;
  if (other.operator !== "In")
    return one.operator === "In" && excludeEachOther(other, one);
  const values = other.values ?? [];
  switch (one.operator) {
    case "In":
      return !values.some((value) => one.values?.includes(value));
    case "NotIn":
      return values.every((value) => one.values?.includes(value));
    case "DoesNotExist":
      return true;
    default:
      return false;
  }
}

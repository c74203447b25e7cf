import type {
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1Pod,
} from "@kubernetes/client-node";

/**
 * True when the Pod's own nodeSelector or required node affinity excludes every node of a volume. `volume` has the terms of the
 * volume's node affinity: a node must match one of them. Only conditions that certainly exclude each other count.
 */
export function excludesVolume(
  spec: V1Pod["spec"],
  volume: readonly V1NodeSelectorTerm[],
): boolean {
  if (volume.length === 0) return false;
  const selector: V1NodeSelectorRequirement[] = Object.entries(
    spec?.nodeSelector ?? {},
  ).map(([key, value]) => ({ key, operator: "In", values: [value] }));
  const required =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
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
    return one.operator === "In" && other.operator !== one.operator
      ? excludeEachOther(other, one)
      : false;
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

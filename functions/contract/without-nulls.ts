/**
 * The value without null fields, such as `creationTimestamp: null` from Helm and kubectl. Kubernetes and kubectl treat them as
 * absent.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) =>
      child === null ? [] : [[key, withoutNulls(child)]],
    ),
  );
}

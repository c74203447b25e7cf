import { isDnsSubdomain } from "../kubernetes/names.ts";
import type { PathStep } from "../field/problem.ts";
import { CLAIM_KIND, SNAPSHOT_GROUP, SNAPSHOT_KIND } from "./data-source.ts";
import type { Fields, Finding } from "../field/finding.ts";
import { fieldsOf, ruled } from "../field/finding.ts";

/** What is wrong with `spec.dataSource` and `spec.dataSourceRef`. */
export function* sourceFindings(spec: Fields): Generator<Finding> {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined) {
    const path: readonly PathStep[] = ["spec", "dataSource"];
    yield* referenceFindings(dataSource, path);
    // The API server would drop it without a word, and the volume would be empty.
    const { apiGroup, kind } = fieldsOf(dataSource);
    if (
      apiGroup &&
      kind !== CLAIM_KIND &&
      !(kind === SNAPSHOT_KIND && apiGroup === SNAPSHOT_GROUP)
    )
      yield {
        path,
        value: dataSource,
        says: `would be ignored: here only a ${CLAIM_KIND} and a ${SNAPSHOT_KIND} of ${SNAPSHOT_GROUP} count; use dataSourceRef`,
      };
  }
  if (dataSourceRef !== undefined) {
    const path: readonly PathStep[] = ["spec", "dataSourceRef"];
    yield* referenceFindings(dataSourceRef, path);
    const { namespace } = fieldsOf(dataSourceRef);
    // Unless an alpha feature gate is on, the API server drops the whole reference, and the volume would be empty.
    if (typeof namespace === "string" && namespace !== "")
      yield {
        path: [...path, "namespace"],
        value: namespace,
        says: "is not supported: most clusters ignore a source with a namespace; bring it into the Pod's namespace and leave this out",
      };
  }
  if (dataSource !== undefined && dataSourceRef !== undefined) {
    const [left, right] = [fieldsOf(dataSource), fieldsOf(dataSourceRef)];
    if (["apiGroup", "kind", "name"].some((key) => left[key] !== right[key]))
      yield {
        path: ["spec", "dataSource"],
        value: dataSource,
        says: "contradicts dataSourceRef; leave one of them out",
      };
  }
}

function* referenceFindings(
  reference: unknown,
  path: readonly PathStep[],
): Generator<Finding> {
  const { apiGroup, kind, name } = fieldsOf(reference);
  yield* ruled(apiGroup, [...path, "apiGroup"], (group) =>
    group === "" || isDnsSubdomain(group)
      ? undefined
      : `is not an API group; write it without a version, like ${SNAPSHOT_GROUP}`,
  );
  yield* ruled(kind, [...path, "kind"], (text) => {
    if (!/^[A-Z][A-Za-z0-9]*$/.test(text))
      return `is not a kind; write it like ${SNAPSHOT_KIND}`;
    if (text === CLAIM_KIND)
      return apiGroup ? "is in no API group; leave apiGroup out" : undefined;
    return apiGroup
      ? undefined
      : `needs its apiGroup${text === SNAPSHOT_KIND ? `, ${SNAPSHOT_GROUP}` : ""}: without one only a ${CLAIM_KIND} can be meant`;
  });
  yield* ruled(name, [...path, "name"], (text) =>
    isDnsSubdomain(text) ? undefined : "is not the name of an object",
  );
}

import { fieldsOf } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import { quoted } from "../contract/printable.ts";
import type { Problem } from "../field/problem.ts";

/** What is wrong with the labels of a Pod template as a whole; those of its claims are added to them. */
export function labelsProblem({ metadata }: Fields): Problem | undefined {
  const { labels } = fieldsOf(metadata);
  // A null is an object, too, and to the API server an absent field.
  const isFit = typeof labels === "object" && !Array.isArray(labels);
  if (labels === undefined || isFit) return undefined;
  return {
    message: `metadata.labels: ${quoted(labels)} is not a map of texts`,
    path: ["metadata", "labels"],
  };
}

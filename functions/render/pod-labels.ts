import { fieldsOf } from "../pod/claim-template/finding.ts";
import type { Fields } from "../pod/claim-template/finding.ts";
import { quoted } from "../pod/problem.ts";
import type { Problem } from "../pod/problem.ts";

/** What is wrong with the labels of a Pod template as a whole; those of its claims are added to them. */
export function labelsProblem({ metadata }: Fields): Problem | undefined {
  const { labels } = fieldsOf(metadata);
  const isMap = typeof labels === "object" && !Array.isArray(labels);
  // A null is an absent field to the API server.
  if (labels === undefined || labels === null || isMap) return undefined;
  return {
    message: `metadata.labels: ${quoted(labels)} is not a map of texts`,
    path: ["metadata", "labels"],
  };
}

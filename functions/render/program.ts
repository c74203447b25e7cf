import { nodeProblem } from "./supported-node.ts";

/** Stands before what the program says of itself. */
export const NAME = "stateful-deployments-render";

export const EXIT_DONE = 0;
export const EXIT_REFUSED = 1;
export const EXIT_UNUSABLE = 2;

// Here, and not where it is imported: modules that are imported after this one may not even load.
const problem = nodeProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(`${NAME}: ${problem}\n`);
  process.exit(EXIT_UNUSABLE);
}

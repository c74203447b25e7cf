import type { Fields } from "../field/finding.ts";
import type { Locate } from "./locate.ts";
import type { LocatedProblem } from "./located-problem.ts";

/** One Kubernetes object of a file. */
export interface Manifest {
  readonly file: string;
  readonly object: Fields;
  /** Finds where something in it stands. */
  readonly locate: Locate;
}

/** The objects of a file, or what is wrong with its YAML. */
export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly LocatedProblem[];
}

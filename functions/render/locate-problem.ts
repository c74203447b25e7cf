import { placeText } from "../field/problem.ts";
import type { PathStep, Problem } from "../field/problem.ts";
import type { LocatedProblem } from "./located-problem.ts";
import type { Manifest } from "./manifest.ts";

/** The problem of `who` with its place in the file; its path goes on from `path` in the object. */
export function locateProblem(
  { file, locate }: Manifest,
  who: string,
  path: readonly PathStep[],
  problem: Problem,
): LocatedProblem {
  const { place, isInside } = locate(
    [...path, ...problem.path],
    problem.inside,
  );
  return {
    file,
    ...place,
    message: `${who}: ${messageIn(problem, isInside)}`,
  };
}

/** Beside a line of the file, one of the annotation's text would pass for another place. */
function messageIn({ message, inside }: Problem, isInside: boolean): string {
  if (inside === undefined || !("line" in inside)) return message;
  const place = placeText(inside);
  return message.replace(place, isInside ? "" : `in its text, ${place}`);
}

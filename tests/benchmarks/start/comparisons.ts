import type { Comparison, Goal } from "../measure/comparison.ts";
import {
  BARE,
  CLONE_SET,
  DELETE,
  EPHEMERAL,
  KYVERNO,
  NO_OP,
  ORDERED,
  PARALLEL,
  PARALLEL_AGAIN,
  POLICY,
  REUSE,
} from "../ways/ways.ts";
import type { Way } from "../ways/ways.ts";
import type { StartTimes } from "../ways/workload.ts";

/** What one start took. */
export interface Start extends StartTimes {
  /** Seconds of the processor, of the control plane, of the function and of the programs of the way, until all run. */
  readonly processor: number;
}

/** A way at one size, and what its starts took. */
export interface Contestant {
  readonly way: Way;
  readonly replicas: number;
  readonly starts: Start[];
}

/** What is compared of starts. */
interface ComparedStarts {
  /** The last part of the id, before the number of Pods. */
  readonly id: string;
  readonly title: (replicas: number) => string;
  readonly value: keyof Start;
  /** The first is the product. */
  readonly ways: readonly Way[];
  readonly goals?: readonly Goal[];
  /** Does the least of what the product must do. */
  readonly floor?: Way;
}

/** Who starts with new claims. */
const NEW_CLAIMS = [
  DELETE,
  EPHEMERAL,
  POLICY,
  PARALLEL,
  ORDERED,
  KYVERNO,
  CLONE_SET,
];
/** Who starts on claims that are there, and who cannot. */
const OLD_CLAIMS = [REUSE, PARALLEL_AGAIN, EPHEMERAL, PARALLEL];

const webhookGoal: Goal = { against: NO_OP.name, ratio: 1.5 };
/** A clear margin. */
const runningGoals: Goal[] = [EPHEMERAL, PARALLEL].map(({ name }) => ({
  against: name,
  ratio: 0.9,
}));

/** Nothing has to be provisioned, but the function asks more of the API server than for a new claim. */
const oldClaimsExist: Goal = { against: DELETE.name, ratio: 1.3 };
const oldClaimsRun: Goal = { against: DELETE.name, ratio: 1 };

const COMPARED: readonly ComparedStarts[] = [
  {
    id: "exist",
    title: (replicas) => `${replicas} Pods with new claims, until all exist`,
    value: "exist",
    ways: [...NEW_CLAIMS, BARE, NO_OP],
    goals: [webhookGoal],
    floor: BARE,
  },
  {
    id: "running",
    title: (replicas) => `${replicas} Pods with new claims, until all run`,
    value: "running",
    ways: [...NEW_CLAIMS, BARE],
    goals: runningGoals,
    floor: BARE,
  },
  {
    id: "processor",
    title: (replicas) =>
      `${replicas} Pods with new claims, processor time until all run`,
    value: "processor",
    ways: NEW_CLAIMS,
  },
  {
    id: "reuse-exist",
    title: (replicas) =>
      `${replicas} Pods on the claims of an earlier start, until all exist`,
    value: "exist",
    ways: [...OLD_CLAIMS, DELETE, NO_OP],
    goals: [webhookGoal, oldClaimsExist],
  },
  {
    id: "reuse-running",
    title: (replicas) =>
      `${replicas} Pods on the claims of an earlier start, until all run`,
    value: "running",
    ways: [...OLD_CLAIMS, DELETE],
    goals: [...runningGoals, oldClaimsRun],
  },
];

/** What was measured, as comparisons. A way that was not measured has no series. */
export function comparisonsOf(
  contestants: readonly Contestant[],
): Comparison[] {
  const sizes = [...new Set(contestants.map(({ replicas }) => replicas))];
  return sizes.flatMap((size) =>
    COMPARED.map(({ floor, goals, id, title, value, ways }) => ({
      id: `start/${id}-${size}`,
      title: title(size),
      unit: "s" as const,
      better: "lower" as const,
      series: ways.flatMap((way) =>
        contestants
          .filter(
            (contestant) =>
              contestant.way === way && contestant.replicas === size,
          )
          .map(({ starts }) => ({
            name: way.name,
            values: starts.map((start) => start[value]),
          })),
      ),
      ...(goals && { goals }),
      ...(floor && { floor: floor.name }),
    })),
  );
}

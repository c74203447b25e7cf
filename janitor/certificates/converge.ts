import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import {
  isTransient,
  MAX_TRIES,
  pauseAfter,
} from "../../functions/kubernetes/retry.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { Installation, Renewable, RenewalPolicy } from "./installation.ts";
import { nextStep } from "./next-step.ts";
import { readInstallation } from "./read-installation.ts";
import type { SecretNames } from "./read-installation.ts";
import type { Step, Waiting } from "./step.ts";
import { takeStep } from "./take-step.ts";

/** Each object is written at most three times in one run; more means that somebody undoes what we write. */
const MAX_WRITES = 12;

/** A write that was done. */
export type Written = Exclude<Step, { kind: "stop" }>;

/** How a run ended. */
export interface Converged {
  /** As it was read last. */
  readonly installation: Installation;
  readonly written: number;
  /** What a person has to put right. */
  readonly failures: readonly string[];
  readonly waiting: readonly Waiting[];
  /** What was asked for and is under way already. */
  readonly underWay: readonly Renewable[];
}

/** What a run needs of the world. */
export interface ConvergePorts {
  readonly objects: ClusterObjects;
  readonly sleep: Sleep;
  readonly onWritten: (step: Written) => void;
}

/**
 * Writes what is due, one object at a time and each time on what was just read, until nothing is. Where somebody else
 * was quicker, or the API server could not answer, it looks again.
 * @throws {ApiStatusError} for what another look does not cure, such as missing rights.
 */
export async function converge(
  { objects, onWritten, sleep }: ConvergePorts,
  names: SecretNames,
  policy: RenewalPolicy,
  requested: readonly Renewable[],
): Promise<Converged> {
  const open = new Set(requested);
  for (let written = 0, tries = 0; ;) {
    const installation = await readInstallation(objects, names, policy);
    const step = nextStep(installation, policy, open);
    if (step.kind === "stop") {
      const { failures, waiting } = step;
      return { installation, written, failures, waiting, underWay: [...open] };
    }
    if (written === MAX_WRITES)
      throw new Error(
        `${MAX_WRITES} writes and still not done (next: ${step.kind}, ${step.why}): somebody undoes them, such as a second installation with other settings`,
      );
    try {
      await takeStep(step, installation, objects, names, policy);
    } catch (error) {
      tries += 1;
      if (tries >= MAX_TRIES || !(isTransient(error) || wasQuicker(error)))
        throw error;
      await sleep(pauseAfter(tries, error));
      continue;
    }
    written += 1;
    tries = 0;
    const renewed = renewedBy(step);
    if (renewed) open.delete(renewed);
    onWritten(step);
  }
}

/** What is new after the step, for whatever reason it was taken. */
function renewedBy(step: Written): Renewable | undefined {
  switch (step.kind) {
    case "make-authority":
      return "ca";
    case "issue-certificate":
      return "certificate";
    case "write-tokens":
      return step.add ? "token" : undefined;
    case "write-webhook":
      return undefined;
    default:
      return step satisfies never;
  }
}

/** The object was changed or made since it was read. */
function wasQuicker(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 409;
}

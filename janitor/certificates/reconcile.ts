import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import {
  isTransient,
  JANITOR_RETRY,
  pauseAfter,
} from "../../functions/kubernetes/retry.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type {
  Installation,
  Renewable,
  RenewalPolicy,
} from "./decision/installation.ts";
import { nextAction } from "./decision/next-action.ts";
import { readInstallation } from "./read-installation.ts";
import type { SecretNames } from "./read-installation.ts";
import type { Waiting, Write } from "./decision/action.ts";
import { apply } from "./apply.ts";

/** Each object is written at most three times in one run; more means that another program undoes the writes. */
const MAX_WRITES = 12;

/** How a run ended. */
export interface Reconciled {
  /** The installation as it was read last. */
  readonly installation: Installation;
  readonly written: number;
  /** What a person has to fix. */
  readonly failures: readonly string[];
  readonly waiting: readonly Waiting[];
  /** Requested renewals that are already under way. */
  readonly underWay: readonly Renewable[];
}

/** What a run needs from outside. */
export interface ReconcilePorts {
  readonly objects: ClusterObjects;
  readonly sleep: Sleep;
  readonly onWritten: (action: Write) => void;
}

/**
 * Writes what is due, one object at a time, until nothing is due. It reads everything again before each write, also after another
 * client has changed an object or the API server could not answer.
 * @throws {ApiStatusError} for errors that another try does not fix, such as missing rights.
 */
export async function reconcile(
  { objects, onWritten, sleep }: ReconcilePorts,
  names: SecretNames,
  policy: RenewalPolicy,
  requested: readonly Renewable[],
): Promise<Reconciled> {
  const open = new Set(requested);
  for (let written = 0, tries = 0; ;) {
    const installation = await readInstallation(objects, names, policy);
    const action = nextAction(installation, policy, open);
    if (action.kind === "stop") {
      const { failures, waiting } = action;
      return { installation, written, failures, waiting, underWay: [...open] };
    }
    if (written === MAX_WRITES)
      throw new Error(
        `${MAX_WRITES} writes and still not done (next: ${action.kind}, ${action.why}): another program undoes them, such as a second installation with other settings`,
      );
    try {
      await apply(action, installation, objects, names, policy);
    } catch (error) {
      tries += 1;
      const mayPass = isTransient(error, JANITOR_RETRY) || wasQuicker(error);
      if (tries >= JANITOR_RETRY.maxTries || !mayPass) throw error;
      await sleep(pauseAfter(tries, error, JANITOR_RETRY));
      continue;
    }
    written += 1;
    tries = 0;
    const renewed = renewedBy(action);
    if (renewed) open.delete(renewed);
    onWritten(action);
  }
}

/** What the action renews, also if it has another reason than the request. */
function renewedBy(action: Write): Renewable | undefined {
  switch (action.kind) {
    case "make-authority":
      return "ca";
    case "issue-certificate":
      return "certificate";
    case "write-tokens":
      return action.add ? "token" : undefined;
    case "write-webhook":
      return undefined;
    default:
      return action satisfies never;
  }
}

/** The object was changed or created since it was read. */
function wasQuicker(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 409;
}

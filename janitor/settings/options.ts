import { formatDuration } from "../../functions/contract/duration.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
} from "../../functions/contract/keys.ts";
import type {
  Program,
  Setting,
  Settings,
  Values,
} from "../../functions/contract/setting-table.ts";
import {
  duration,
  namespaceName,
  notBlank,
  choiceOf,
  wholeNumber,
} from "../../functions/contract/setting-values.ts";
import { claimAddress } from "./claim-address.ts";
import { sweepHelp } from "./help.ts";
import { LIMITS } from "./limits.ts";

/** Which of the kubeconfig's clusters, for every command. */
export const CONTEXT = {
  usage: "--context NAME",
  help: "context of the kubeconfig to use instead of its current one; a Pod's own account has none, so set KUBECONFIG too",
  parse: notBlank,
} as const satisfies Setting;

/** Begins the variables of `janitor certificates`. One ConfigMap may serve both commands. */
export const CERTIFICATES_PREFIX = "JANITOR_CERTIFICATES_";

const settings = {
  dryRun: {
    usage: "--dry-run",
    help: "decide and report as always, but change nothing",
  },
  explain: {
    usage: "--explain NAMESPACE/CLAIM",
    help: "print what decides about this one claim, and change nothing",
    parse: claimAddress,
  },
  output: {
    usage: "-o, --output table|json",
    help: "form of the report on stdout",
    default: "table",
    parse: choiceOf(["table", "json"]),
  },
  /** Empty means all. */
  namespaces: {
    usage: "-n, --namespace NAME",
    help: "sweep only this namespace; may be repeated, or name several with commas (default: all)",
    list: true,
    parse: namespaceName,
  },
  /** Label selector of the claims that are looked at. */
  selector: {
    usage: "-l, --selector LABELS",
    help: "sweep only claims with these labels; claims without our own labels are never deleted",
    default: `${MANAGED_LABEL}=${MANAGED_VALUE},${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`,
    parse: notBlank,
  },
  gracePeriodMs: {
    usage: "--grace-period DURATION",
    help: "age from which an unused claim is deleted, at least 2m",
    // Twice the floor, and some: as long as the usual schedule.
    default: "5m",
    parse: duration(0, LIMITS.gracePeriodCeilingMs),
  },
  unsafeGracePeriod: {
    usage: "--unsafe-grace-period",
    help: "allow a shorter grace period, which may delete claims whose Pods are just being created",
  },
  pageSize: {
    usage: "--page-size N",
    help: "objects in one request; the janitor halves it when the server is slow",
    // As kubectl has it.
    default: "500",
    parse: wholeNumber(1, LIMITS.maxPageSize),
  },
  /** Namespaces at once, and in each of them deletes at once. */
  concurrency: {
    usage: "--concurrency N",
    help: "requests at once",
    // Some hundred deletes a second; little beside what one busy controller sends.
    default: "8",
    parse: wholeNumber(1, LIMITS.maxConcurrency),
  },
  /** Most deletes of the whole run. */
  maxDeletions: {
    usage: "--max-deletions N",
    help: "most claims that one run deletes; the next run does the rest",
    // Limits the damage of a run that is wrong in an unforeseen way. A run each five minutes still deletes 144 000 a day.
    default: "500",
    // Zero is not allowed: it could mean none or no limit. `--dry-run` is for the first, a large number for the second.
    parse: wholeNumber(1),
  },
  adopt: {
    usage: "--adopt",
    help: "set Pods as owners of their claims, so that Kubernetes deletes a claim seconds after its Pod; with --adopt=false only sweeps delete claims",
    default: "true",
  },
  context: CONTEXT,
} as const satisfies Settings;

/** The settings of a sweep, in the order of `--help`. */
export const SWEEP: Program<typeof settings> = {
  settings,
  help: sweepHelp,
  prefix: "JANITOR_",
  otherPrefix: CERTIFICATES_PREFIX,
  check: ({ gracePeriodMs, unsafeGracePeriod }) =>
    unsafeGracePeriod || gracePeriodMs >= LIMITS.gracePeriodFloorMs
      ? []
      : [
          `--grace-period: ${formatDuration(gracePeriodMs)} is below ${formatDuration(LIMITS.gracePeriodFloorMs)}; the janitor could delete claims whose Pods are just being created (--unsafe-grace-period allows it)`,
        ],
};

/** Settings of one run. */
export type JanitorOptions = Values<typeof settings>;

/** What a sweep does, and how much of it. */
export type SweepOptions = Omit<
  JanitorOptions,
  "context" | "explain" | "output" | "pageSize" | "unsafeGracePeriod"
>;

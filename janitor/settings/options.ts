import {
  formatDuration,
  parseDuration,
} from "../../functions/contract/duration.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
} from "../../functions/contract/keys.ts";
import { isDnsLabel } from "../../functions/contract/names.ts";
import { quoted } from "../../functions/contract/printable.ts";
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
import type { Problem } from "../../functions/contract/setting-values.ts";
import { sweepHelp } from "./help.ts";

/** How much the janitor does at once and how long it waits; each limit says what it is made of. */
export const LIMITS = {
  /**
   * The API server gives a create 34 s from its start, webhooks and storage included (requestTimeoutUpperBound in
   * k8s.io/apiserver, pkg/endpoints/handlers/rest.go): no Pod is stored later than that after its claim. Measured with two and
   * three slow webhooks in a chain, ignored ones too, and a client that asked for 59 s (Kubernetes 1.36): answered with 504 after
   * 34.0 s and never stored, or stored by then. The rest is for ages in whole seconds and for several API servers whose clocks differ.
   */
  gracePeriodFloorMs: parseDuration("2m") ?? Number.NaN,
  /** Longer means never, and is most likely a typing error: `Retain` is for claims that must stay. */
  gracePeriodCeilingMs: parseDuration("365d") ?? Number.NaN,
  /** 5000 Pods are some 50 MB in one answer, more than an API server should build at once. */
  maxPageSize: 5_000,
  /** As many connections as are kept to the API server. */
  maxConcurrency: 64,
} as const;

/** Which of the kubeconfig's clusters, for every command. */
export const CONTEXT = {
  usage: "--context NAME",
  help: "context of the kubeconfig to use instead of its current one; a Pod's own account has none, so set KUBECONFIG too",
  parse: notBlank,
} as const satisfies Setting;

/** Begins the variables of `janitor certificates`. One ConfigMap may serve both commands. */
export const CERTIFICATES_PREFIX = "JANITOR_CERTIFICATES_";

/** A claim that a person asks about. */
export interface ClaimAddress {
  readonly namespace: string;
  readonly name: string;
}

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
  onlyChanges: {
    usage: "--only-changes",
    help: "report only claims that the run changed or should have; the summary still counts all",
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
  | "context"
  | "explain"
  | "onlyChanges"
  | "output"
  | "pageSize"
  | "unsafeGracePeriod"
>;

/** A claim as people write it: `shop/web-cache-x7k2m9p4qw`. */
export function claimAddress(text: string): ClaimAddress | Problem {
  const [namespace = "", name = "", ...more] = text.split("/");
  return more.length === 0 && isDnsLabel(namespace) && name !== ""
    ? { namespace, name }
    : {
        problem: `${quoted(text)} is not a claim; write it like shop/web-cache`,
      };
}

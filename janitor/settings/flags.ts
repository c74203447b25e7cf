import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
} from "../../functions/contract/keys.ts";

/** A setting: as a flag, as an environment variable, in `--help` and in the checked options. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** Name of the property that the schema checks. */
  readonly option: string;
  readonly kind: "boolean" | "choice" | "text" | "list" | "number" | "duration";
  /** What stands for the value in `--help`. */
  readonly value?: string;
  /** As one would write it, or nothing. */
  readonly default: readonly string[];
  readonly help: string;
  /** What is wrong with a value of another form, after that value, where the kind's own words do not fit. */
  readonly wrong?: string;
  /** Why a value may not be lower, after the limit. */
  readonly tooLow?: string;
}

/** The settings of one command. */
export interface FlagSet {
  readonly flags: readonly Flag[];
  /** What their environment variables begin with. */
  readonly prefix: string;
}

/** Which of the kubeconfig's clusters, for every command. */
export const CONTEXT_FLAG: Flag = {
  name: "context",
  option: "context",
  kind: "text",
  value: "NAME",
  default: [],
  help: "context of the kubeconfig to use instead of its current one; a Pod's own account has none, so set KUBECONFIG too",
};

/** Every setting of a sweep, in the order of `--help`. */
export const FLAGS: readonly Flag[] = [
  {
    name: "dry-run",
    option: "dryRun",
    kind: "boolean",
    default: ["false"],
    help: "look and report as always, but change nothing",
  },
  {
    name: "output",
    short: "o",
    option: "output",
    kind: "choice",
    value: "table|json",
    default: ["table"],
    help: "form of the report on stdout",
  },
  {
    name: "namespace",
    short: "n",
    option: "namespaces",
    kind: "list",
    value: "NAME",
    default: [],
    help: "sweep only this namespace; may be repeated, or name several with commas (default: all)",
    wrong:
      "is not the name of a namespace (at most 63 of a-z, 0-9 and -, none at an end being -)",
  },
  {
    name: "selector",
    short: "l",
    option: "selector",
    kind: "text",
    value: "LABELS",
    default: [
      `${MANAGED_LABEL}=${MANAGED_VALUE},${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`,
    ],
    help: "look only at claims with these labels; claims without our own are never deleted",
  },
  {
    name: "grace-period",
    option: "gracePeriodMs",
    kind: "duration",
    value: "DURATION",
    // Twice the floor, and some: as long as the usual schedule.
    default: ["5m"],
    help: "age from which an unused claim is deleted, at least 2m",
    tooLow:
      "claims could go whose Pods are just being created (--unsafe-grace-period allows it)",
  },
  {
    name: "unsafe-grace-period",
    option: "unsafeGracePeriod",
    kind: "boolean",
    default: ["false"],
    help: "allow a shorter one, which may delete claims whose Pods are just being created",
  },
  {
    name: "page-size",
    option: "pageSize",
    kind: "number",
    value: "N",
    // As kubectl has it.
    default: ["500"],
    help: "objects asked for in one request; halved by itself when the server is slow",
  },
  {
    name: "concurrency",
    option: "concurrency",
    kind: "number",
    value: "N",
    // Some hundred deletes a second; little beside what one busy controller sends.
    default: ["8"],
    help: "requests at once",
  },
  {
    name: "max-deletions",
    option: "maxDeletions",
    kind: "number",
    value: "N",
    // Bounds what a run can lose that is wrong in a way nobody thought of. A run each five minutes still deletes 144 000 a day.
    default: ["500"],
    help: "most claims that one run deletes; the rest is left for the next",
  },
  {
    name: "adopt",
    option: "adopt",
    kind: "boolean",
    default: ["true"],
    help: "make Pods the owners of their claims, so that Kubernetes deletes these seconds after the Pod; --adopt=false leaves it to the next sweep",
  },
  CONTEXT_FLAG,
];

/** What the environment variables of a sweep begin with. */
export const ENVIRONMENT_PREFIX = "JANITOR_";

/** The same for `janitor certificates`, which takes its own only. */
export const CERTIFICATES_PREFIX = "JANITOR_CERTIFICATES_";

/** The settings of a sweep. */
export const SWEEP_FLAGS: FlagSet = {
  flags: FLAGS,
  prefix: ENVIRONMENT_PREFIX,
};

/** The environment variable of a flag, such as `JANITOR_DRY_RUN`. A flag beats it. */
export function environmentVariable(
  flag: Flag,
  prefix = ENVIRONMENT_PREFIX,
): string {
  return `${prefix}${flag.name.toUpperCase().replaceAll("-", "_")}`;
}

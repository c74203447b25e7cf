import {
  DEFAULT_ON_MISS,
  DEFAULT_RETENTION,
  RELEASE,
  REUSE,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_MAX_SETS,
  TEMPLATE_NAME,
  TEMPLATE_ON_MISS,
  TEMPLATE_POOL,
  TEMPLATE_RETENTION,
  WAIT,
} from "../contract/keys.ts";
import { printable } from "../contract/printable.ts";
import { parseQuantity } from "../contract/quantity.ts";
import type { PodCount } from "./pod-count.ts";
import type { RenderedClaim, Rendering, Reuse } from "./render-files.ts";

/** One volume of one workload. Field names are kept stable for machines. */
interface VolumeSummary {
  readonly workload: string;
  readonly namespace?: string;
  readonly volume: string;
  /** Absent for the cluster's default class; empty for no class. */
  readonly storageClass?: string;
  readonly size: string;
  readonly accessModes: readonly string[];
  readonly lifeCycle: string;
  /** Pods at once; null when it is not known. */
  readonly replicas: number | null;
  /** Claims at these replicas; for a Job also the claims of finished Pods. Null when it is not known. */
  readonly claims: number | null;
  /** Additional claims during a rollout; null when it is not known. */
  readonly rolloutClaims: number | null;
  /** Bytes of all claims, without those of a rollout. Null when the number of claims is not known. */
  readonly storageBytes: number | null;
  readonly sizeBytes: number;
  /** True when the numbers are for each node. */
  readonly perNode: boolean;
  /** The pool of a volume that is reused, as people call it. */
  readonly pool?: string;
  readonly onMiss?: string;
  /** For a volume that is reused: what a rollout or the next run finds, for people. */
  readonly reuse?: string;
}

/** What the volumes of one class request. Volumes on each node, and volumes that cannot be counted, have their own numbers. */
interface ClassTotal {
  readonly storageClass?: string;
  readonly claims: number;
  readonly storageBytes: number;
  /** Claims and bytes while everything rolls out at once. */
  readonly rolloutClaims: number;
  readonly rolloutStorageBytes: number;
  readonly claimsPerNode: number;
  readonly storageBytesPerNode: number;
  /** Volumes that these numbers leave out: how many Pods have one is not known. */
  readonly volumesNotCounted: number;
}

/** A line for every volume, in the order of the manifests. */
export function summarizeVolumes(
  renderings: readonly Rendering[],
): VolumeSummary[] {
  return renderings.flatMap(({ workload, namespace, templates }) =>
    templates.flatMap(({ claims, pods, reuse }) =>
      claims.map((claim) => ({
        workload,
        ...(namespace !== undefined && { namespace }),
        ...summaryOf(claim, pods),
        ...(reuse && reuseOf(claim, reuse)),
      })),
    ),
  );
}

/** Sums, by storage class in the order of their first volume. */
export function totalsOf(volumes: readonly VolumeSummary[]): ClassTotal[] {
  return [...Map.groupBy(volumes, ({ storageClass }) => storageClass)].map(
    ([storageClass, ofClass]) => {
      const fixed = ofClass.filter(({ perNode }) => !perNode);
      const perNode = ofClass.filter((volume) => volume.perNode);
      const claims = sum(fixed, (volume) => volume.claims ?? 0);
      const storageBytes = sum(fixed, (volume) => volume.storageBytes ?? 0);
      return {
        ...(storageClass !== undefined && { storageClass }),
        claims,
        storageBytes,
        rolloutClaims:
          claims + sum(fixed, ({ rolloutClaims }) => rolloutClaims ?? 0),
        rolloutStorageBytes:
          storageBytes +
          sum(
            fixed,
            ({ rolloutClaims, sizeBytes }) => (rolloutClaims ?? 0) * sizeBytes,
          ),
        claimsPerNode: sum(perNode, (volume) => volume.claims ?? 0),
        storageBytesPerNode: sum(perNode, (volume) => volume.storageBytes ?? 0),
        volumesNotCounted: ofClass.filter(({ claims: count }) => count === null)
          .length,
      };
    },
  );
}

function summaryOf(
  { metadata, spec }: RenderedClaim,
  pods: PodCount,
): Omit<VolumeSummary, "workload" | "namespace"> {
  const size = spec.resources.requests.storage;
  const sizeBytes = parseQuantity(size) ?? 0;
  const claims =
    metadata.annotations[TEMPLATE_FINISHED_PODS] === RELEASE
      ? pods.running
      : pods.kept;
  return {
    volume: metadata.labels[TEMPLATE_NAME] ?? "",
    ...(spec.storageClassName !== undefined && {
      storageClass: spec.storageClassName,
    }),
    size,
    accessModes: spec.accessModes,
    lifeCycle: lifeCycleText(metadata.annotations),
    replicas: pods.running ?? null,
    claims: claims ?? null,
    rolloutClaims: pods.surge ?? null,
    storageBytes: claims === undefined ? null : claims * sizeBytes,
    sizeBytes,
    perNode: pods.perNode,
  };
}

function reuseOf(
  { metadata: { annotations } }: RenderedClaim,
  { pool, succession }: Reuse,
): Pick<VolumeSummary, "onMiss" | "pool" | "reuse"> {
  if (annotations[TEMPLATE_RETENTION] !== REUSE) return {};
  const onMiss = annotations[TEMPLATE_ON_MISS] ?? DEFAULT_ON_MISS;
  const waits = onMiss === WAIT;
  return {
    pool,
    onMiss,
    reuse: {
      after: "hit: each new Pod gets the claims of one that has gone",
      beside:
        annotations[TEMPLATE_MAX_SETS] === undefined
          ? `miss: the new Pods come before the old ones go; ${waits ? "each of them gets new claims" : "the first rollout creates claims, and the next ones find them"}`
          : "hit or wait: the new Pods come before the old ones go, and at max-sets they wait for them",
      "next-run":
        annotations[TEMPLATE_POOL] === undefined && pool.startsWith("Job ")
          ? `miss: a Job of another name has another pool; give them one by ${TEMPLATE_POOL}`
          : "hit: each Pod gets the claims of one that has ended before",
      unknown: "? render does not know how this kind rolls out",
    }[succession ?? "unknown"],
  };
}

/** `Delete`, `Retain`, `Retain 7d`, `Reuse, Wait`, `Delete, Release`. */
function lifeCycleText(annotations: Readonly<Record<string, string>>): string {
  const retention = annotations[TEMPLATE_RETENTION] ?? DEFAULT_RETENTION;
  const idleTtl = annotations[TEMPLATE_IDLE_TTL];
  const finishedPods = annotations[TEMPLATE_FINISHED_PODS];
  return [
    idleTtl === undefined ? retention : `${retention} ${idleTtl}`,
    ...(retention === REUSE
      ? [annotations[TEMPLATE_ON_MISS] ?? DEFAULT_ON_MISS]
      : []),
    ...(finishedPods === RELEASE ? [finishedPods] : []),
  ].join(", ");
}

function sum<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}

const GAP = "   ";

/** As `kubectl get pvc` shortens them. */
const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

type Column = readonly [
  heading: string,
  cell: (volume: VolumeSummary) => string,
];

const COLUMNS: readonly Column[] = [
  ["WORKLOAD", ({ workload }) => workload],
  ["VOLUME", ({ volume }) => volume],
  ["CLASS", className],
  ["SIZE", ({ size }) => size],
  [
    "MODES",
    ({ accessModes }) =>
      accessModes.map((mode) => SHORT_MODES[mode] ?? mode).join(","),
  ],
  ["LIFE CYCLE", ({ lifeCycle }) => lifeCycle],
  [
    "REPLICAS",
    (volume) =>
      volume.perNode ? "1 per node" : String(volume.replicas ?? "?"),
  ],
  ["CLAIMS", (volume) => amount(volume, String(volume.claims ?? 1))],
  ["ROLLOUT", ({ rolloutClaims }) => rolloutText(rolloutClaims)],
  [
    "STORAGE",
    (volume) =>
      amount(volume, formatStorage(volume.storageBytes ?? volume.sizeBytes)),
  ],
];

const NAMESPACE: Column = ["NAMESPACE", ({ namespace }) => namespace ?? ""];
const POOL: Column = ["POOL", ({ pool }) => pool ?? "-"];

/** A line for each volume under headings, then one for each storage class. */
export function summaryTable(volumes: readonly VolumeSummary[]): string {
  const has = (key: "namespace" | "pool"): boolean =>
    volumes.some(({ [key]: value }) => value !== undefined);
  const columns = [
    ...(has("namespace") ? [NAMESPACE] : []),
    ...COLUMNS,
    ...(has("pool") ? [POOL] : []),
  ];
  const rows = [
    columns.map(([heading]) => heading),
    ...volumes.map((volume) =>
      columns.map(([, cell]) => printable(cell(volume))),
    ),
  ];
  const widths = columns.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  const uncounted = volumes.some(({ claims }) => claims === null);
  const unknown = volumes.some(
    ({ claims, rolloutClaims }) => claims !== null && rolloutClaims === null,
  );
  return [
    ...lines,
    "",
    ...totalsOf(volumes).map(totalLine),
    ...new Set(volumes.flatMap(reuseLine)),
    ...(unknown
      ? [
          "? render does not know how this kind rolls out; the totals leave that out",
        ]
      : []),
    ...(uncounted
      ? [
          "? render does not know how many Pods this kind has; the totals leave their claims out",
        ]
      : []),
    "",
  ].join("\n");
}

/** `total (default): 3 claims, 30Gi; up to 4, 40Gi, during rollouts; 1 claim, 5Gi, on each node`. */
function totalLine(total: ClassTotal): string {
  const parts = [
    ...(total.claims > 0 || total.claimsPerNode === 0
      ? [`${claimsText(total.claims)}, ${formatStorage(total.storageBytes)}`]
      : []),
    ...(total.rolloutClaims > total.claims
      ? [
          `up to ${total.rolloutClaims}, ${formatStorage(total.rolloutStorageBytes)}, during rollouts`,
        ]
      : []),
    ...(total.claimsPerNode > 0
      ? [
          `${claimsText(total.claimsPerNode)}, ${formatStorage(total.storageBytesPerNode)}, on each node`,
        ]
      : []),
    ...(total.volumesNotCounted > 0
      ? [
          `without ${total.volumesNotCounted === 1 ? "1 volume" : `${total.volumesNotCounted} volumes`} of an unknown number of Pods`,
        ]
      : []),
  ];
  return `total ${printable(className(total))}: ${parts.join("; ")}`;
}

/** `reuse by Deployment/web, pool builds, Create: hit ...`. The volumes of a Pod share the line. */
function reuseLine(volume: VolumeSummary): string[] {
  const { reuse, namespace, onMiss, pool, workload } = volume;
  if (reuse === undefined) return [];
  const place = namespace === undefined ? "" : ` in ${namespace}`;
  return [
    printable(
      `reuse by ${workload}${place}, pool ${pool}, ${onMiss}: ${reuse}`,
    ),
  ];
}

function className({
  storageClass,
}: {
  readonly storageClass?: string;
}): string {
  return storageClass === undefined ? "(default)" : storageClass || "(none)";
}

function amount({ perNode, claims }: VolumeSummary, text: string): string {
  if (claims === null) return `${text} per Pod`;
  return perNode ? `${text} per node` : text;
}

function rolloutText(claims: number | null): string {
  if (claims === null) return "?";
  return claims > 0 ? `+${claims}` : "-";
}

function claimsText(count: number): string {
  return count === 1 ? "1 claim" : `${count} claims`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["Ei", 2 ** 60],
  ["Pi", 2 ** 50],
  ["Ti", 2 ** 40],
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
  ["E", 1e18],
  ["P", 1e15],
  ["T", 1e12],
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
  ["", 1],
];

/** A quantity with more characters is rounded. */
const MAX_LENGTH = 7;

/** Bytes for people: the shortest exact quantity, such as `30Gi` or `1.5G`, or a rounded one if that is too long. */
export function formatStorage(bytes: number): string {
  if (bytes === 0) return "0";
  const exact = UNITS.filter(
    ([, factor]) => factor <= bytes && Number.isInteger((bytes * 100) / factor),
  )
    .map(([unit, factor]) => `${bytes / factor}${unit}`)
    .reduce(
      (best, text) => (text.length < best.length ? text : best),
      String(bytes),
    );
  if (exact.length <= MAX_LENGTH) return exact;
  const [unit, factor] = UNITS.find(([, size]) => bytes >= size) ?? ["", 1];
  return `${(bytes / factor).toFixed(2)}${unit}`;
}

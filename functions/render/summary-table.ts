import { printable } from "../contract/printable.ts";
import { formatStorage } from "./storage-amount.ts";
import { totalsOf } from "./volume-summary.ts";
import type { ClassTotal, VolumeSummary } from "./volume-summary.ts";

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

/** A line for each volume under headings, then one for each storage class. */
export function summaryTable(volumes: readonly VolumeSummary[]): string {
  const columns = volumes.some(({ namespace }) => namespace !== undefined)
    ? [NAMESPACE, ...COLUMNS]
    : COLUMNS;
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
    ...(unknown
      ? ["? how this kind rolls out is not known here, and not in the totals"]
      : []),
    ...(uncounted
      ? [
          "? how many Pods this kind has is not known here, and their claims are not in the totals",
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

import type { Circumstances } from "../../benchmarks/measure/circumstances.ts";
import { measuredOn } from "../../benchmarks/report/measured-on.ts";
import { median } from "../../benchmarks/measure/statistics.ts";

/** What decides how many Pods of the function Knative starts. */
export interface BurstSetting {
  readonly maxScale: number;
  /** Admissions under way for which Knative wants one Pod. */
  readonly target: number;
}

/** With at most one Pod the target decides nothing. */
export const burstSettings: readonly BurstSetting[] = [
  { maxScale: 1, target: 250 },
  ...[3, 10].flatMap((maxScale) =>
    [10, 50, 100, 250].map((target) => ({ maxScale, target })),
  ),
];

/** Pods at once. */
export const BURST = 500;

/** What one burst took. */
export interface Burst {
  /** Seconds until the last Pod was created. */
  readonly seconds: number;
  /** Pods that were not created. */
  readonly rejected: number;
  /** Pods of the function at the end. */
  readonly instances: number;
}

export interface MeasuredSetting extends BurstSetting {
  readonly bursts: readonly Burst[];
}

/** docs/benchmarks/bursts-on-knative.md, which the benchmark writes. */
export function burstPage(
  settings: readonly MeasuredSetting[],
  measured: Circumstances,
): string {
  const rounds = Math.max(...settings.map(({ bursts }) => bursts.length));
  return `# Bursts on Knative

\`npm run bench:e2e -- --bursts\` writes this page: ${rounds} rounds, interleaved, on a cluster of one node. A client creates ${BURST} Pods at once. The API
server calls the function through the gateway, and one Pod of the function runs when the burst begins. Node, API server and everything else share the cores, so
more Pods of the function cannot make a burst faster here than the cores allow. Measured ${measuredOn(measured)}.

| \`max-scale\` | \`target\` | seconds until the last one is created | not created | Pods of the function |
| ---: | ---: | ---: | ---: | ---: |
${settings.map(rowOf).join("\n")}

Cells show the median. Brackets show the lowest and the highest value. A controller would create the Pods that were not created a little later.
`;
}

function rowOf({ bursts, maxScale, target }: MeasuredSetting): string {
  const of = (what: keyof Burst): number[] =>
    bursts.map((burst) => burst[what]);
  const seconds = of("seconds");
  const cells = [
    maxScale,
    maxScale === 1 ? "any" : target,
    `${median(seconds).toFixed(1)} (${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)})`,
    median(of("rejected")),
    median(of("instances")),
  ];
  return `| ${cells.join(" | ")} |`;
}

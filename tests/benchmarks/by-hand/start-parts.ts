/**
 * Which program takes how much of the processor until 300 Pods with new volumes run, by what gives them their volumes:
 *     node tests/benchmarks/by-hand/start-parts.ts [rounds, 5 unless given]
 */
import path from "node:path";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import { buildIfOld } from "../../support/built-programs.ts";
import { cpuSeconds } from "../../support/process-usage.ts";
import { processesOf } from "../../support/processes-of.ts";
import { rotated } from "../measure/rotated.ts";
import { median } from "../measure/statistics.ts";
import { markdownTable } from "../report/page-section.ts";
import { installRewriters } from "../ways/rewriters.ts";
import { BARE, DELETE, EPHEMERAL, NO_OP, PARALLEL } from "../ways/ways.ts";
import type { Way } from "../ways/ways.ts";
import { createWorkload } from "../ways/workload.ts";

const PODS = 300;
const WARM_UP_PODS = 20;
const WAYS: readonly Way[] = [DELETE, BARE, NO_OP, EPHEMERAL, PARALLEL];

const CONTROL_PLANE = [
  "kube-apiserver",
  "etcd",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
];
const FUNCTION = "function";
const OTHER_WEBHOOK = "other webhook";
const PROGRAMS = [...CONTROL_PLANE, FUNCTION, OTHER_WEBHOOK];

/** Seconds of the processor, by program. */
type Times = ReadonlyMap<string, number>;

await buildIfOld();
const rounds = Number(process.argv[2] ?? 5);
const controlPlane = await startControlPlane();
try {
  const rewriters = await installRewriters(controlPlane);
  try {
    const rowsOf = new Map<Way, number[][]>(WAYS.map((way) => [way, []]));
    for (let round = 0; round <= rounds; round += 1)
      for (const way of rotated(WAYS, round)) {
        const workload = await createWorkload(
          controlPlane,
          `parts-${round}-${WAYS.indexOf(way)}`,
          way,
        );
        const before = await timesOf(controlPlane, rewriters.function.pid());
        const { exist, running } = await workload.start(
          round === 0 ? WARM_UP_PODS : PODS,
        );
        const after = await timesOf(controlPlane, rewriters.function.pid());
        await workload.remove();
        if (round === 0) continue;
        const taken = PROGRAMS.map(
          (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0),
        );
        const all = taken.reduce((sum, each) => sum + each, 0);
        rowsOf.get(way)?.push([exist, running, all, ...taken]);
        console.log(
          `round ${round} of ${rounds}: ${way.name}, all run after ${running.toFixed(1)} s`,
        );
      }
    console.log(
      markdownTable(
        ["medians, in s", "exist", "run", "processor", ...PROGRAMS],
        [...rowsOf].map(([{ name }, rows]) => [
          name,
          ...(rows[0] ?? []).map((_, column) =>
            median(rows.map((row) => row[column] ?? 0)).toFixed(2),
          ),
        ]),
      ),
    );
  } finally {
    await rewriters.stop();
  }
} finally {
  await controlPlane.stop();
}

async function timesOf(
  { directory }: ControlPlane,
  functionPid: number,
): Promise<Times> {
  const times = new Map([[FUNCTION, cpuSeconds(functionPid)]]);
  for (const { commandLine, pid } of await processesOf(directory)) {
    const program = path.basename(commandLine.split(" ")[0] ?? "");
    const name = CONTROL_PLANE.includes(program) ? program : OTHER_WEBHOOK;
    times.set(name, (times.get(name) ?? 0) + cpuSeconds(pid));
  }
  return times;
}

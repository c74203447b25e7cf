/**
 * Compares sweeps of the janitor with the same requests without any decision, in processor time, time and memory, on a real API server.
 * Writes docs/benchmarks/sweep.md.
 *
 *     node tests/benchmarks/sweep.ts [--claims 10000,100000] [--one 20000] [--changes 1000] [--pods 5000] [--rounds 5]
 *
 * 100,000 claims with their Pods take an hour to create on a busy machine. Smaller numbers measure the same.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { arch, cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { format } from "prettier";
import { OPTIONS } from "../../bundle/options.ts";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { buildIfOld, JANITOR } from "../support/built-programs.ts";
import { startProgram } from "../support/program.ts";
import { objectsOn, spread } from "./sweep-objects.ts";

const PAGE = path.join(import.meta.dirname, "../../docs/benchmarks/sweep.md");

/** As in the image, and what Node has within the memory limit of the manifest. */
const NODE_FLAGS = "--max-semi-space-size=8 --max-old-space-size=256";

/** Prints what the process has used. The unit of maxRSS is KiB. */
const TELL_USAGE = encodeURIComponent(
  'process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write(`\\nUSAGE ${maxRSS / 1024} ${(userCPUTime + systemCPUTime) / 1e6}`); });',
);

const { values } = parseArgs({
  options: {
    claims: { type: "string", default: "10000,100000" },
    one: { type: "string", default: "20000" },
    changes: { type: "string", default: "1000" },
    pods: { type: "string", default: "5000" },
    rounds: { type: "string", default: "5" },
  },
});
const sizes = values.claims.split(",").map(Number);
const [one, changes, pods, rounds] = [
  values.one,
  values.changes,
  values.pods,
  values.rounds,
].map(Number) as [number, number, number, number];

/** What one run of a program took. */
interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly mebibytes: number;
}

interface Comparison {
  readonly what: string;
  readonly janitor: readonly Usage[];
  readonly baseline: readonly Usage[];
}

const [load = 0] = loadavg();
let kubernetes = "";

const scratch = await mkdtemp(path.join(tmpdir(), "sweep-benchmark-"));
const BASELINES = path.join(scratch, "baselines.mjs");

async function measured(
  controlPlane: ControlPlane,
  entry: string,
  args: readonly string[],
): Promise<{ usage: Usage; stdout: string }> {
  const startedAt = performance.now();
  const program = startProgram(entry, {
    args,
    env: {
      KUBECONFIG: controlPlane.kubeconfigPath,
      NODE_OPTIONS: `${NODE_FLAGS} --import=data:text/javascript,${TELL_USAGE}`,
    },
  });
  const exitCode = await program.exited;
  const [, mebibytes, cpuSeconds] =
    /USAGE (\S+) (\S+)$/.exec(program.stderr()) ?? [];
  if (exitCode !== 0 || mebibytes === undefined)
    throw new Error(`${entry} ${args.join(" ")}: ${program.stderr()}`);
  return {
    usage: {
      seconds: (performance.now() - startedAt) / 1_000,
      cpuSeconds: Number(cpuSeconds),
      mebibytes: Number(mebibytes),
    },
    stdout: program.stdout(),
  };
}

/** Runs both in turn, after a round that does not count. `prepare` runs before each, `expected` must be in the janitor's summary. */
async function compare(
  controlPlane: ControlPlane,
  what: string,
  {
    janitor,
    baseline,
    expected,
    prepare = () => Promise.resolve(),
    warmUp = true,
  }: {
    readonly janitor: readonly string[];
    readonly baseline: readonly string[];
    readonly expected: string;
    readonly prepare?: () => Promise<void>;
    readonly warmUp?: boolean;
  },
): Promise<Comparison> {
  const result = { what, janitor: [] as Usage[], baseline: [] as Usage[] };
  for (let round = warmUp ? -1 : 0; round < rounds; round += 1) {
    await prepare();
    const plain = await measured(controlPlane, BASELINES, baseline);
    await prepare();
    const swept = await measured(controlPlane, JANITOR, janitor);
    const summary = swept.stdout.trimEnd().split("\n").at(-1) ?? "";
    if (!summary.includes(expected))
      throw new Error(`${what}: ${summary}, not ${expected}`);
    if (round < 0) continue;
    result.baseline.push(plain.usage);
    result.janitor.push(swept.usage);
    console.log(
      `${what}, round ${round + 1}: ${text(swept.usage)}; without decisions ${text(plain.usage)}`,
    );
  }
  return result;
}

function text({ seconds, cpuSeconds, mebibytes }: Usage): string {
  return `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time, ${mebibytes.toFixed(0)} MiB`;
}

/** An API server alone, on which nothing but the janitor deletes, and a deleted claim is gone at once. */
async function onControlPlane(
  use: (controlPlane: ControlPlane) => Promise<Comparison[]>,
): Promise<Comparison[]> {
  const controlPlane = await startControlPlane({
    controllers: false,
    nodes: 0,
    apiServerFlags: [
      "--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection",
    ],
  });
  try {
    const api = connectApiServer(controlPlane.kubeConfig, "benchmark");
    const { body } = await api({
      method: "GET",
      path: "/version",
      timeoutMs: 5_000,
    });
    kubernetes = (body as { gitVersion: string }).gitVersion;
    return await use(controlPlane);
  } finally {
    await controlPlane.stop();
  }
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Every claim is used by its Pod, which owns it: there is nothing to do. */
async function nothingToDo(controlPlane: ControlPlane): Promise<Comparison[]> {
  const objects = objectsOn(
    connectApiServer(controlPlane.kubeConfig, "benchmark"),
  );
  const namespaces = names("many", 200);
  await objects.namespaces([...namespaces, "one"]);
  const results: Comparison[] = [];
  let from = 0;
  for (const to of sizes) {
    await objects.used(spread(from, to, namespaces), true);
    from = to;
    results.push(
      await compare(controlPlane, `${to} claims in 200 namespaces`, {
        janitor: [],
        baseline: ["page"],
        expected: `${to} in-use`,
      }),
    );
  }
  if (one === 0) return results;
  await objects.used(spread(0, one, ["one"]), true);
  return [
    ...results,
    await compare(controlPlane, `${one} claims in one namespace`, {
      janitor: ["--namespace=one"],
      baseline: ["page", "one"],
      expected: `${one} in-use`,
    }),
  ];
}

const DELETES = [
  "--grace-period=0s",
  "--unsafe-grace-period",
  `--max-deletions=${changes}`,
  "--adopt=false",
];

/**
 * Deletes in so many namespaces. Half of the claims of a namespace are used or more, because otherwise the mass-deletion guard would
 * leave the deletes to a second run.
 */
function deletes(count: number, used: number) {
  return async (controlPlane: ControlPlane): Promise<Comparison[]> => {
    const objects = objectsOn(
      connectApiServer(controlPlane.kubeConfig, "benchmark"),
    );
    const namespaces = names("many", count);
    await objects.namespaces(namespaces);
    await objects.used(spread(0, used, namespaces), true);
    let from = used;
    return [
      await compare(
        controlPlane,
        `${changes} deletes in ${count === 1 ? "one namespace" : `${count} namespaces`}, ${used} Pods`,
        {
          janitor: DELETES,
          baseline: ["delete"],
          expected: `: ${changes} deleted`,
          warmUp: false,
          prepare: async () => {
            await objects.unused(spread(from, from + changes, namespaces));
            from += changes;
          },
        },
      ),
    ];
  };
}

async function adoptions(controlPlane: ControlPlane): Promise<Comparison[]> {
  const objects = objectsOn(
    connectApiServer(controlPlane.kubeConfig, "benchmark"),
  );
  await objects.namespaces(["one"]);
  await objects.used(spread(0, changes, ["one"]), false);
  return [
    await compare(controlPlane, `${changes} adoptions in one namespace`, {
      janitor: [],
      baseline: ["adopt", "one"],
      expected: `owners: ${changes} set`,
      warmUp: false,
      prepare: () => objects.disown(spread(0, changes, ["one"])),
    }),
  ];
}

function cells(all: readonly Usage[], key: keyof Usage): string {
  const sorted = all.map((usage) => usage[key]).toSorted((a, b) => a - b);
  const digits = key === "mebibytes" ? 0 : 1;
  const [least = 0, median = 0, most = 0] = [
    sorted[0],
    sorted[Math.floor(sorted.length / 2)],
    sorted.at(-1),
  ];
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}

function row({ what, janitor, baseline }: Comparison): string {
  const of = (key: keyof Usage): string[] => [
    cells(janitor, key),
    cells(baseline, key),
  ];
  return `| ${[what, ...of("cpuSeconds"), ...of("seconds"), ...of("mebibytes")].join(" | ")} |`;
}

function page(results: readonly Comparison[]): string {
  return `# Sweeps

\`node tests/benchmarks/sweep.ts\` writes this page. It runs the built janitor and, in turn with it, a program that sends the same requests and decides
nothing: the same lists page by page, or the deletes with their Events, or the patches. Both send 8 requests at once. ${rounds} rounds: the median, and in brackets the
lowest and the highest. kube-apiserver and etcd are real and run on the same machine: ${cpus().length} cores (${cpus()[0]?.model ?? arch()}), Kubernetes ${kubernetes}, Node.js
${process.versions.node}, ${new Date().toISOString().slice(0, 10)}. Node.js has the flags of the image, and as much memory as within the limit of the manifest. When the run began, the
load of the machine by other programs was ${load.toFixed(0)}; above 1, the times say little, and the processor times still count.

${process.argv.length > 2 ? `Run with \`${process.argv.slice(2).join(" ")}\`.\n` : ""}
| sweep | processor time of the janitor in seconds | of the plain requests | time in seconds | of the plain requests | largest memory in MiB | of the plain requests |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${results.map(row).join("\n")}
`;
}

try {
  await buildIfOld();
  await build({
    ...OPTIONS,
    entryPoints: [path.join(import.meta.dirname, "sweep-baselines.ts")],
    outfile: BASELINES,
  });
  const results: Comparison[] = [];
  for (const part of [
    ...(sizes.some((size) => size > 0) ? [nothingToDo] : []),
    ...(changes > 0
      ? [
          deletes(1, changes),
          deletes(200, changes),
          deletes(500, changes),
          ...(pods > 0 ? [deletes(1, pods)] : []),
          adoptions,
        ]
      : []),
  ]) {
    results.push(...(await onControlPlane(part)));
    await mkdir(path.dirname(PAGE), { recursive: true });
    await writeFile(PAGE, await format(page(results), { filepath: PAGE }));
  }
} finally {
  await rm(scratch, { recursive: true });
}

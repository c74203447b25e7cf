import path from "node:path";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { buildIfOld } from "../../support/built-programs.ts";
import type {
  Benchmark,
  BenchmarkRun,
  Comparison,
} from "../measure/comparison.ts";
import { bundled } from "../programs/bundled.ts";
import { compare } from "./compare.ts";
import type { Sweep } from "./compare.ts";
import { objectsOn, spread } from "./objects.ts";

/** In MiB, whatever the number of claims. */
const MEMORY = 200;

interface Sizes {
  /** Claims with nothing to do, each with its Pod. */
  readonly claims: readonly number[];
  readonly namespaces: number;
  readonly changes: number;
  readonly deletes: readonly {
    readonly namespaces: number;
    readonly pods: number;
    /** Of the rate of plain deletes. */
    readonly goal: number;
  }[];
}

const FULL: Sizes = {
  claims: [10_000],
  namespaces: 200,
  changes: 500,
  deletes: [
    { namespaces: 200, pods: 600, goal: 0.8 },
    { namespaces: 500, pods: 500, goal: 0.8 },
    { namespaces: 1, pods: 5_000, goal: 0.6 },
  ],
};

const QUICK: Sizes = {
  claims: [2_000],
  namespaces: 50,
  changes: 100,
  deletes: [
    { namespaces: 100, pods: 100, goal: 0.8 },
    { namespaces: 1, pods: 1_000, goal: 0.6 },
  ],
};

const text = (count: number): string => count.toLocaleString("en");

/** What goes on in a sweep that measures itself on objects of its own. */
interface Ground {
  readonly controlPlane: ControlPlane;
  readonly baselines: string;
  readonly objects: ReturnType<typeof objectsOn>;
  readonly run: Pick<BenchmarkRun, "progress" | "rounds">;
}

/** Sweeps of the janitor, and the same requests without any decision. */
export const sweep: Benchmark = {
  name: "sweep",
  title: "Sweeps",
  method: `The built janitor runs in turn with a program that decides nothing: it lists the same objects page by page, or it deletes the unused claims and writes an Event about
each, or it makes the Pods owners of their claims. Both run once from start to end, send 8 requests at once, and have the flags and the memory of the manifest.

With nothing to do, each claim has a Pod of 4 KB: ${FULL.claims.map(text).join(" and ")} claims in ${FULL.namespaces} namespaces. \`--claims 10000,100000\` measures larger numbers too; to
create them takes longer than to measure. There are ${FULL.changes} deletes or adoptions in each other sweep. Claims that are not deleted, as many as the sweep has Pods, lie beside
those that are.`,
  async run({ claims, progress, quick, rounds }) {
    await buildIfOld();
    const sizes = quick ? QUICK : FULL;
    const parts = [
      (ground: Ground) => nothingToDo(ground, sizes, claims ?? sizes.claims),
      ...sizes.deletes.map(
        (each) => (ground: Ground) => deletes(ground, sizes.changes, each),
      ),
      (ground: Ground) => adoptions(ground, sizes.changes),
    ];
    const results: Comparison[] = [];
    for (const [index, part] of parts.entries())
      results.push(
        ...(await onGround(part, {
          rounds,
          progress: (step) => progress(step, index / parts.length),
        })),
      );
    return results;
  },
};

/** Each part has an API server alone, on which nothing but the janitor deletes, and a deleted claim is gone at once. */
async function onGround(
  part: (ground: Ground) => Promise<Comparison[]>,
  run: Ground["run"],
): Promise<Comparison[]> {
  const controlPlane = await startControlPlane({
    controllers: false,
    nodes: 0,
    apiServerFlags: [
      "--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection",
    ],
  });
  try {
    return await part({
      controlPlane,
      run,
      objects: objectsOn(
        connectApiServer(controlPlane.kubeConfig, "benchmark"),
      ),
      baselines: await bundled(
        path.join(import.meta.dirname, "baselines.ts"),
        controlPlane.directory,
      ),
    });
  } finally {
    await controlPlane.stop();
  }
}

/** Every claim is used by its Pod, which owns it. */
async function nothingToDo(
  { baselines, controlPlane, objects, run }: Ground,
  { namespaces: count }: Sizes,
  claims: readonly number[],
): Promise<Comparison[]> {
  const namespaces = names(count);
  await objects.namespaces(namespaces);
  const results: Comparison[] = [];
  let from = 0;
  for (const to of claims.toSorted((one, other) => one - other)) {
    run.progress(`creates ${text(to - from)} claims and Pods`);
    await objects.used(spread(from, to, namespaces), true);
    from = to;
    const nothing: Sweep = {
      id: `sweep/${to}-claims`,
      title: `Nothing to do, ${text(to)} claims in ${count} namespaces`,
      janitor: [],
      against: "plain lists",
      baseline: ["page"],
      expected: `${to} in-use`,
      memory: MEMORY,
    };
    results.push(...(await compare(controlPlane, baselines, nothing, run)));
  }
  return results;
}

/**
 * Deletes in so many namespaces. Half of the claims of a namespace are used or more, because otherwise the mass-deletion guard would
 * leave the deletes to a second run.
 */
async function deletes(
  { baselines, controlPlane, objects, run }: Ground,
  changes: number,
  { goal, namespaces: count, pods }: Sizes["deletes"][number],
): Promise<Comparison[]> {
  const where =
    count === 1 ? `one namespace of ${text(pods)} Pods` : `${count} namespaces`;
  run.progress(`creates ${text(pods)} claims and Pods`);
  const namespaces = names(count);
  await objects.namespaces(namespaces);
  await objects.used(spread(0, pods, namespaces), true);
  let from = pods;
  return await compare(
    controlPlane,
    baselines,
    {
      id: `sweep/${changes}-deletes-${count}-namespaces-${pods}-pods`,
      title: `${changes} deletes in ${where}`,
      janitor: [
        "--grace-period=0s",
        "--unsafe-grace-period",
        `--max-deletions=${changes}`,
        "--adopt=false",
      ],
      against: "plain deletes",
      baseline: ["delete"],
      expected: `: ${changes} deleted`,
      changes: { count: changes, unit: "deletes/s", goal },
      prepare: async () => {
        await objects.unused(spread(from, from + changes, namespaces));
        from += changes;
      },
    },
    run,
  );
}

async function adoptions(
  { baselines, controlPlane, objects, run }: Ground,
  changes: number,
): Promise<Comparison[]> {
  const namespaces = ["one"];
  await objects.namespaces(namespaces);
  await objects.used(spread(0, changes, namespaces), false);
  return await compare(
    controlPlane,
    baselines,
    {
      id: `sweep/${changes}-adoptions`,
      title: `${changes} adoptions in one namespace`,
      janitor: [],
      against: "plain patches",
      baseline: ["adopt", "one"],
      expected: `owners: ${changes} set`,
      changes: { count: changes, unit: "adoptions/s" },
      prepare: () => objects.disown(spread(0, changes, namespaces)),
    },
    run,
  );
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `many-${index}`);
}

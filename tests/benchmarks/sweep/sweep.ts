import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
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
import { objectsOn, spread, startForSweeps } from "./objects.ts";

/** What a sweep with nothing to do should take, whatever the number of claims. The ratios are those of the janitor when this was measured for the first time. */
const NOTHING_TO_DO = { time: 0.93, cpuTime: 1.12, memory: 200 };
/** To create so many claims or Pods takes minutes, so there are fewer rounds. */
const MANY = 20_000;
const ROUNDS_OF_MANY = 3;

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
  /** Deletes and adoptions in one large namespace. */
  readonly many?: { readonly pods: number; readonly changes: number };
}

const FULL = {
  claims: [10_000, 100_000],
  namespaces: 200,
  changes: 500,
  deletes: [
    { namespaces: 200, pods: 600, goal: 0.8 },
    { namespaces: 500, pods: 500, goal: 0.8 },
    { namespaces: 1, pods: 5_000, goal: 0.6 },
  ],
  many: { pods: MANY, changes: 1_000 },
} satisfies Sizes;

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

/**
 * The claims that a sweep deletes on a cluster were last written minutes before it. When one was written in the same second, the janitor
 * waits for a state of the Pods that is younger than its list of the claims, in each namespace.
 */
const UNTOUCHED_MS = 2_000;

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
each, or it makes the Pods owners of their claims. All run once from start to end, send 8 requests at once, and have the flags of Node.js and the memory of the manifest. The
first round does not count.

"Plain deletes" knows what to delete by a label. "One look and deletes" lists all claims and all Pods of each
namespace with claims of ours once. Then it deletes the claims that no Pod uses. The janitor lists a namespace a second time before it deletes there.

With nothing to do, each claim has a Pod of 4 KB: ${FULL.claims.map(text).join(" and ")} claims in ${FULL.namespaces} namespaces. With ${text(MANY)} claims or more
there are at most ${ROUNDS_OF_MANY} rounds. There are ${FULL.changes} deletes or adoptions in each other sweep, and ${text(FULL.many.changes)} in a
namespace of ${text(MANY)} Pods. Claims that are not deleted, as many as the sweep has Pods, lie beside those that are. In a sweep that deletes, all claims
were last written at least ${UNTOUCHED_MS / 1_000} seconds before. The janitor then runs without a grace period and without adoptions, and may delete all unused claims. The CronJob of the manifests ends a sweep after 290 s.`,
  async run({ claims, progress, quick, rounds }) {
    await buildIfOld();
    const sizes = quick ? QUICK : FULL;
    const parts = [
      (ground: Ground) => nothingToDo(ground, sizes, claims ?? sizes.claims),
      ...sizes.deletes.map(
        (each) => (ground: Ground) => deletes(ground, sizes.changes, each),
      ),
      (ground: Ground) => adoptionsOfAll(ground, sizes.changes),
      ...(sizes.many ? [amongMany(sizes.many)] : []),
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

/** Each part has an API server of its own. */
async function onGround(
  part: (ground: Ground) => Promise<Comparison[]>,
  run: Ground["run"],
): Promise<Comparison[]> {
  const controlPlane = await startForSweeps();
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
      most: NOTHING_TO_DO,
    };
    results.push(
      ...(await compare(controlPlane, baselines, nothing, roundsOf(run, to))),
    );
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
      title: `${text(changes)} deletes in ${where}`,
      janitor: [
        "--grace-period=0s",
        "--unsafe-grace-period",
        `--max-deletions=${changes}`,
        "--adopt=false",
      ],
      against: "plain deletes",
      baseline: ["delete"],
      floor: { name: "one look and deletes", args: ["look-and-delete"] },
      expected: `: ${changes} deleted`,
      changes: { count: changes, unit: "deletes/s", goal },
      prepare: async () => {
        await objects.unused(spread(from, from + changes, namespaces));
        from += changes;
        await sleep(UNTOUCHED_MS);
      },
    },
    roundsOf(run, pods),
  );
}

/** Deletes and adoptions among the same Pods. */
function amongMany({ changes, pods }: NonNullable<Sizes["many"]>) {
  return async (ground: Ground): Promise<Comparison[]> => [
    ...(await deletes(ground, changes, { namespaces: 1, pods, goal: 0.6 })),
    ...(await adoptions(ground, changes, { namespace: nameOf(0), pods })),
  ];
}

/** Adoptions in a namespace that has no other claims. */
async function adoptionsOfAll(
  ground: Ground,
  changes: number,
): Promise<Comparison[]> {
  const namespace = "one";
  await ground.objects.namespaces([namespace]);
  await ground.objects.used(spread(0, changes, [namespace]), false);
  return await adoptions(ground, changes, { namespace, pods: changes });
}

/** Adoptions in a namespace that has so many claims and Pods. */
async function adoptions(
  { baselines, controlPlane, objects, run }: Ground,
  changes: number,
  { namespace, pods }: { readonly namespace: string; readonly pods: number },
): Promise<Comparison[]> {
  const among = pods === changes ? "" : ` of ${text(pods)} Pods`;
  return await compare(
    controlPlane,
    baselines,
    {
      id: `sweep/${changes}-adoptions${among && `-${pods}-pods`}`,
      title: `${text(changes)} adoptions in one namespace${among}`,
      janitor: [],
      against: "plain patches",
      baseline: ["adopt", namespace],
      expected: `owners: ${changes} set`,
      changes: { count: changes, unit: "adoptions/s" },
      prepare: () => objects.disown(spread(0, changes, [namespace])),
    },
    roundsOf(run, pods),
  );
}

/** Fewer rounds where there are many claims. */
function roundsOf(run: Ground["run"], claims: number): Ground["run"] {
  return claims < MANY
    ? run
    : { ...run, rounds: Math.min(run.rounds, ROUNDS_OF_MANY) };
}

function nameOf(index: number): string {
  return `many-${index}`;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => nameOf(index));
}

import type { ColdStart } from "./cold-start.ts";
import { idleSeconds } from "./idle.ts";
import type { AfterIdle } from "./idle.ts";
import type { Variant } from "./variants.ts";

/** Cold admission over hello-world's cold start and one warm admission: what it may be. */
const goal = 1.1;

/** All rounds of one variant, in ms. */
export interface Measured {
  readonly variant: Variant;
  readonly cold: readonly ColdStart[];
  readonly helloCold: readonly ColdStart[];
  readonly warm: readonly number[];
  readonly helloWarm: readonly number[];
  /** Pods without our annotations, which no webhook sees. */
  readonly bare: readonly number[];
}

/** The middle one of `values`, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1
    ? upper
    : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** What a part of a cold start is called, and the moments it lies between. */
export const parts: readonly {
  readonly name: string;
  readonly from: keyof ColdStart | undefined;
  readonly to: keyof ColdStart;
}[] = [
  {
    name: "gateway, activator and autoscaler, until the Pod is made",
    from: undefined,
    to: "created",
  },
  { name: "scheduling", from: "created", to: "scheduled" },
  {
    name: "sandbox, network, containers, until Node's process is there",
    from: "scheduled",
    to: "process",
  },
  { name: "boot of the program", from: "process", to: "listening" },
  {
    name: "probes, until the first request is let through",
    from: "listening",
    to: "asked",
  },
  {
    name: "the request itself: for the function its claim",
    from: "asked",
    to: "answered",
  },
  { name: "the answer's way back", from: "answered", to: "total" },
];

/** Median length of each part, as far as it was seen. */
export function lengthsOf(
  starts: readonly ColdStart[],
): { readonly name: string; readonly ms: number }[] {
  return parts.flatMap(({ name, from, to }) => {
    const lengths = starts.flatMap((start) => {
      const begin = from === undefined ? 0 : start[from];
      const end = start[to];
      return begin === undefined || end === undefined ? [] : [end - begin];
    });
    return lengths.length === 0 ? [] : [{ name, ms: median(lengths) }];
  });
}

/** The figure to reach: cold admission over hello-world's cold start and one warm admission. */
export function ratioOf({ cold, helloCold, warm }: Measured): number {
  return (
    median(cold.map(({ total }) => total)) /
    (median(helloCold.map(({ total }) => total)) + median(warm))
  );
}

/** docs/benchmarks/cold-start.md, written by the benchmark and not by hand. */
export function markdown(
  measured: readonly Measured[],
  idle: readonly AfterIdle[],
  machine: string,
): string {
  const [asInstalled] = measured;
  if (asInstalled === undefined) throw new Error("nothing was measured");
  const { cold, helloCold, warm, helloWarm, bare } = asInstalled;
  return `# Cold start

Written by \`npm run bench:e2e\`: ${cold.length} rounds, interleaved, on a cluster of one node with ${machine}. Times in ms.
hello-world is a Knative Service of bare Node on the same base image, called through the same gateway.

| what                                          | median | lowest | highest |
| --------------------------------------------- | -----: | -----: | ------: |
${row("admission of a Pod, function at zero", totals(cold))}
${row("hello-world, at zero", totals(helloCold))}
${row("admission of a Pod, function warm", warm)}
${row("hello-world, warm", helloWarm)}
${row("a Pod without our annotations", bare)}

Cold admission is **${ratioOf(asInstalled).toFixed(2)} times** the cold start of hello-world plus one warm admission; ${goal} times is the goal,
which is ${ratioOf(asInstalled) <= goal ? "reached" : "not reached"}.

![Where the time goes](cold-start.svg)

| part (median)                                               | function | hello-world |
| ----------------------------------------------------------- | -------: | ----------: |
${partRows(cold, helloCold)}

## What was tried

Each figure is the median, with the lowest and the highest.

| setting | rounds | cold admission | hello-world beside it | ratio |
| --- | ---: | ---: | ---: | ---: |
${measured
  .map(
    (one) =>
      `| ${one.variant.name} | ${one.cold.length} | ${spread(totals(one.cold))} | ${spread(totals(one.helloCold))} | ${ratioOf(one).toFixed(2)} |`,
  )
  .join("\n")}

Readiness keeps its check of the API server, whatever it costs: without the check, a new revision whose credentials do not work would replace one
that works.

## Settings to choose from

This is the state of the function after ${idleSeconds} s without an admission, with a window of 10 s. While one of its Pods waits, the Pod costs what it
requests.

| setting | its Pods then | first admission |
| --- | ---: | ---: |
${idle
  .map(
    ({ setting, pods, first }) =>
      `| ${setting.name} | ${Math.round(median(pods))} | ${Math.round(median(first))} |`,
  )
  .join("\n")}
`;
}

function totals(starts: readonly ColdStart[]): number[] {
  return starts.map(({ total }) => total);
}

function spread(values: readonly number[]): string {
  const figures = [median(values), Math.min(...values), Math.max(...values)];
  const [middle, lowest, highest] = figures.map((value) => Math.round(value));
  return `${middle} (${lowest} to ${highest})`;
}

function row(what: string, values: readonly number[]): string {
  const figures = [median(values), Math.min(...values), Math.max(...values)];
  return `| ${what} | ${figures.map((value) => Math.round(value)).join(" | ")} |`;
}

function partRows(
  ours: readonly ColdStart[],
  hello: readonly ColdStart[],
): string {
  const theirs = new Map(lengthsOf(hello).map(({ name, ms }) => [name, ms]));
  return lengthsOf(ours)
    .map(({ name, ms }) => {
      const other = theirs.get(name);
      return `| ${name} | ${Math.round(ms)} | ${other === undefined ? "" : Math.round(other)} |`;
    })
    .join("\n");
}

import type { Circumstances } from "../../benchmarks/measure/circumstances.ts";
import { median } from "../../benchmarks/measure/statistics.ts";
import { measuredOn } from "../../benchmarks/report/measured-on.ts";
import type { ColdStart } from "./cold-start.ts";
import { idleSeconds } from "./idle.ts";
import type { AfterIdle } from "./idle.ts";

/** A cold start of the function over one of hello-world and a warm admission: what it may be. */
const goal = 1.1;

/** All rounds of one Service, in ms. */
export interface Measured {
  readonly name: string;
  readonly cold: readonly ColdStart[];
  readonly warm: readonly number[];
}

export interface Results {
  readonly hello: Measured;
  /** As installed: the API server calls it for a Pod. */
  readonly installed: Measured;
  /** Builds of it that are called directly. */
  readonly builds: readonly Measured[];
  /** Pods without our annotations, which no webhook sees. */
  readonly bare: readonly number[];
  readonly idle: readonly AfterIdle[];
}

/** What a part of a cold start is called, and the moments it lies between. */
const parts: readonly {
  readonly name: string;
  readonly from: keyof ColdStart | undefined;
  readonly to: keyof ColdStart;
}[] = [
  {
    name: "gateway, activator and autoscaler, until the Pod is created",
    from: undefined,
    to: "created",
  },
  { name: "scheduling", from: "created", to: "scheduled" },
  {
    name: "sandbox, network, containers, until Node's process runs",
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
): ReadonlyMap<string, number> {
  return new Map(
    parts.flatMap(({ name, from, to }) => {
      const lengths = starts.flatMap((start) => {
        const begin = from === undefined ? 0 : start[from];
        const end = start[to];
        return begin === undefined || end === undefined ? [] : [end - begin];
      });
      return lengths.length === 0 ? [] : [[name, median(lengths)] as const];
    }),
  );
}

/** The figure to reach. */
export function ratioOf({ cold, warm }: Measured, hello: Measured): number {
  return median(totals(cold)) / (median(totals(hello.cold)) + median(warm));
}

/** docs/benchmarks/cold-start.md, which the benchmark writes. */
export function markdown(results: Results, measured: Circumstances): string {
  const { hello, installed, builds, bare, idle } = results;
  const ratio = ratioOf(installed, hello);
  const ours = lengthsOf(installed.cold);
  const theirs = lengthsOf(hello.cold);
  return `# Cold start

\`npm run bench:e2e\` writes this page: ${installed.cold.length} rounds, interleaved, on a cluster of one node. Times in ms.
hello-world is a Knative Service of bare Node on the same base image, called through the same gateway. Measured ${measuredOn(measured)}.

| what | median | lowest | highest |
| --- | ---: | ---: | ---: |
${row("admission of a Pod, function at zero", totals(installed.cold))}
${row("hello-world, at zero", totals(hello.cold))}
${row("admission of a Pod, function warm", installed.warm)}
${row("hello-world, warm", hello.warm)}
${row("a Pod without our annotations", bare)}

Cold admission is **${ratio.toFixed(2)} times** the cold start of hello-world plus one warm admission; ${goal} times is the goal,
which is ${ratio <= goal ? "reached" : "not reached"}.

| part (median) | function | hello-world |
| --- | ---: | ---: |
${[...ours].map(([name, length]) => `| ${name} | ${ms(length)} | ${ms(theirs.get(name))} |`).join("\n")}

## The build

These builds of the function were measured in the same rounds. They are called directly, without the API server.

| build | median | lowest | highest | boot of the program | times hello-world |
| --- | ---: | ---: | ---: | ---: | ---: |
${builds.map((build) => `${row(build.name, totals(build.cold))} ${ms(lengthsOf(build.cold).get("boot of the program"))} | ${ratioOf(build, hello).toFixed(2)} |`).join("\n")}

## Settings to choose from

This is the state of the function after ${idleSeconds} s without an admission, with a window of 10 s. While one of its Pods waits, the Pod costs what it
requests.

| setting | its Pods then | first admission |
| --- | ---: | ---: |
${idle.map(({ setting, pods, first }) => `| ${setting} | ${ms(median(pods))} | ${ms(median(first))} |`).join("\n")}
`;
}

function ms(value: number | undefined): string {
  return value === undefined ? "" : String(Math.round(value));
}

function totals(starts: readonly ColdStart[]): number[] {
  return starts.map(({ total }) => total);
}

function row(what: string, values: readonly number[]): string {
  const figures = [median(values), Math.min(...values), Math.max(...values)];
  return `| ${what} | ${figures.map(Math.round).join(" | ")} |`;
}

import type { Circumstances } from "../measure/circumstances.ts";
import { measuredOn } from "../report/measured-on.ts";

/** What was measured, and what came of it. */
export interface Row {
  readonly what: string;
  readonly value: string;
  /** Present where there is a goal. */
  readonly goal?: RowGoal;
}

/** What the value is to be, and whether it is. */
export interface RowGoal {
  readonly text: string;
  readonly met: boolean;
}

/** Rows that belong together. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly rows: readonly Row[];
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** A share in percent. With `least`, that is the goal. */
export function rateRow(
  what: string,
  part: number,
  of: number,
  least?: number,
): Row {
  const percent = (100 * part) / of;
  return {
    what,
    value: `${percent.toFixed(1)} % (${part} of ${of})`,
    ...(least !== undefined && {
      goal: { text: `at least ${least} %`, met: percent >= least },
    }),
  };
}

/** A section as Markdown. */
export function sectionText({ rows, text, title }: Section): string {
  return `## ${title}

${text}

| what | measured | goal |
| --- | --- | --- |
${rows.map(({ goal, value, what }) => `| ${what} | ${value} | ${goal ? goalText(goal) : ""} |`).join("\n")}
`;
}

function goalText({ met, text }: RowGoal): string {
  return `${text}: ${met ? "met" : "not met"}`;
}

/** docs/benchmarks/hand-over.md, which the benchmark writes. */
export function pageText(
  sections: readonly Section[],
  measured: Circumstances,
): string {
  return `# Handing over claims

\`node tests/benchmarks/hand-over/main.ts\` writes this page. It runs the function, kube-apiserver, etcd, the controllers and the scheduler on one machine;
kwok simulates nodes and kubelets. Measured ${measuredOn(measured)}.

${sections.map(sectionText).join("\n")}`;
}

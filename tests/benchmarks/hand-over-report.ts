/** A row of figures: what was measured, and what came of it. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  /** What the figure is to be, where there is a goal. */
  readonly goal?: string;
}

/** Figures that belong together. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly figures: readonly Figure[];
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function percent(part: number, of: number): string {
  return `${((100 * part) / of).toFixed(1)} % (${part} of ${of})`;
}

/** A section as Markdown. */
export function sectionText({ figures, text, title }: Section): string {
  return `## ${title}

${text}

| what | measured | goal |
| --- | --- | --- |
${figures.map(({ goal = "", value, what }) => `| ${what} | ${value} | ${goal} |`).join("\n")}
`;
}

/** docs/benchmarks/hand-over.md, which the benchmark writes. */
export function pageText(
  sections: readonly Section[],
  machine: string,
): string {
  return `# Handing over claims

\`node tests/benchmarks/hand-over.ts\` writes this page. It runs the function, kube-apiserver, etcd, the controllers and the scheduler on ${machine};
nodes and kubelets are simulated by kwok.

${sections.map(sectionText).join("\n")}`;
}

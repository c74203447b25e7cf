/** How often something happened, by what it is. */
export type Counts = Readonly<Record<string, number>>;

/** What a report says of one subject. */
export interface Section {
  readonly title: string;
  readonly counts: Counts;
}

/** A line for each count, below the title of its section. */
export function table(sections: readonly Section[]): string {
  const names = sections.flatMap(({ counts }) => Object.keys(counts));
  const width = Math.max(...names.map(({ length }) => length));
  return sections
    .map(({ counts, title }) =>
      [
        `      ${title}`,
        ...Object.entries(counts).map(
          ([name, count]) =>
            `        ${name.padEnd(width)} ${String(count).padStart(7)}`,
        ),
      ].join("\n"),
    )
    .join("\n");
}

/** What should have happened, and did not. */
export function neverHappened(sections: readonly Section[]): string[] {
  return sections.flatMap(({ counts }) =>
    Object.entries(counts)
      .filter(([, count]) => count === 0)
      .map(([name]) => name),
  );
}

/** The sums of several counts. */
export function sumOf(all: readonly Counts[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts))
      sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** All counts of a section together. */
export function totalOf({ counts }: Section): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Between two columns. */
const gap = "  ";

/** Lines of a table whose columns are as wide as their widest cell; no line ends in spaces. */
export function tableLines(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines.map((line) =>
    widths
      .map((width, column) => (line[column] ?? "").padEnd(width))
      .join(gap)
      .trimEnd(),
  );
}

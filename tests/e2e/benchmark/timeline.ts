import { lengthsOf, median } from "./report.ts";
import type { Measured } from "./report.ts";

const width = 900;
const left = 130;
const barHeight = 34;
/** Told apart by people who see colours differently, too: https://jfly.uni-koeln.de/color/ */
const colours = [
  "#56b4e9",
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#f0e442",
  "#d55e00",
  "#cc79a7",
];

/** An SVG of the median parts of a cold admission, above that of hello-world. */
export function timeline({ cold, helloCold }: Measured): string {
  const rows = [
    { name: "function", starts: cold },
    { name: "hello-world", starts: helloCold },
  ].map(({ name, starts }) => ({
    name,
    lengths: lengthsOf(starts),
    total: median(starts.map(({ total }) => total)),
  }));
  const scale =
    (width - left - 70) / Math.max(...rows.map(({ total }) => total));
  const names = rows[0]?.lengths.map(({ name }) => name) ?? [];
  const colourOf = (name: string): string =>
    colours[names.indexOf(name)] ?? "#999999";
  const bars = rows.flatMap(({ name, lengths, total }, index) => {
    const y = 20 + index * (barHeight + 20);
    let at = 0;
    const shapes = lengths.map(({ name: part, ms }) => {
      const shape = `<rect x="${round(left + at * scale)}" y="${y}" width="${round(Math.max(0, ms) * scale)}" height="${barHeight}" fill="${colourOf(part)}"><title>${part}: ${Math.round(ms)} ms</title></rect>`;
      at += Math.max(0, ms);
      return shape;
    });
    const rest = Math.max(0, total - at);
    return [
      `<text x="${left - 10}" y="${y + 22}" text-anchor="end">${name}</text>`,
      ...shapes,
      // Medians of the parts do not add up to that of the whole.
      `<rect x="${round(left + at * scale)}" y="${y}" width="${round(rest * scale)}" height="${barHeight}" fill="#dddddd"><title>rest: ${Math.round(rest)} ms</title></rect>`,
      `<text x="${round(left + Math.max(at, total) * scale + 8)}" y="${y + 22}">${Math.round(total)} ms</text>`,
    ];
  });
  const legendTop = 20 + rows.length * (barHeight + 20) + 10;
  const legend = names.map((name, index) => {
    const y = legendTop + index * 20;
    return `<rect x="${left}" y="${y}" width="12" height="12" fill="${colourOf(name)}"/><text x="${left + 20}" y="${y + 11}">${name}</text>`;
  });
  const height = legendTop + names.length * 20 + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">
<title>Where the time of a cold start goes, medians</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${[...bars, ...legend].join("\n")}
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

import { BarChart, CustomChart } from "echarts/charts";
import {
  GridComponent,
  MarkLineComponent,
  TitleComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type {
  CustomSeriesOption,
  CustomSeriesRenderItem,
  EChartsOption,
} from "echarts";
import type { Comparison, Series } from "../measure/comparison.ts";
import { median } from "../measure/statistics.ts";
import { figure } from "./numbers.ts";

use([
  BarChart,
  CustomChart,
  GridComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

/** In pixels. */
const WIDTH = 760;
const NAMES_WIDTH = 330;
const ROW_HEIGHT = 22;
const TITLE_HEIGHT = 26;
const GAP = 14;

/** They are as far from white as from the dark ground of code hosts: the page may have either. */
const TEXT = "#7a7a7a";
const PRODUCT = "#2f7fe0";
const OTHERS = "#8b8078";

/** What the library adds for the pointer of a mouse. Its names depend on how many charts there were before. */
const FOR_POINTERS =
  / (?:class|pointer-events|ecmeta_\w+)="[^"]*"|<style.*?<\/style>\n?/gs;

/** The comparisons of a benchmark as one SVG, one below the other. The same comparisons always give the same text. */
export function chartOf(comparisons: readonly Comparison[]): string {
  const tops: number[] = [];
  let height = 0;
  for (const { series } of comparisons) {
    tops.push(height);
    height += TITLE_HEIGHT + series.length * ROW_HEIGHT + GAP;
  }
  const panels = comparisons.map((comparison, index) =>
    panelOf(comparison, index, tops[index] ?? 0),
  );
  const chart = init(null, null, {
    renderer: "svg",
    ssr: true,
    width: WIDTH,
    height,
  });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: "sans-serif" },
    title: panels.map(({ title }) => title),
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }) => xAxis),
    yAxis: panels.map(({ yAxis }) => yAxis),
    series: panels.flatMap(({ series }) => series),
  } as EChartsOption);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg.replaceAll(FOR_POINTERS, "")}\n`;
}

function panelOf(comparison: Comparison, index: number, top: number) {
  const { better, series, title, unit } = comparison;
  const axes = { xAxisIndex: index, yAxisIndex: index, silent: true };
  const highest = Math.max(...series.flatMap(({ values }) => values));
  return {
    title: {
      text: `${title} (${unit}, ${better} is better)`,
      top,
      left: 0,
      padding: 4,
      textStyle: { color: TEXT, fontSize: 13 },
    },
    grid: {
      top: top + TITLE_HEIGHT,
      left: NAMES_WIDTH,
      right: 10,
      height: series.length * ROW_HEIGHT,
    },
    xAxis: {
      gridIndex: index,
      type: "value",
      show: false,
      min: 0,
      max: Math.max(highest, ...linesOf(comparison)),
    },
    yAxis: {
      gridIndex: index,
      type: "category",
      inverse: true,
      data: series.map(labelOf),
      axisLine: { lineStyle: { color: TEXT } },
      axisTick: { show: false },
      axisLabel: { color: TEXT, fontSize: 12 },
    },
    series: [
      {
        ...axes,
        type: "bar",
        barWidth: "60%",
        data: series.map(({ values }, row) => ({
          value: median(values),
          itemStyle: { color: colorOf(row), opacity: 0.5 },
        })),
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: false },
          lineStyle: { color: TEXT, type: "dashed" },
          data: linesOf(comparison).map((xAxis) => ({ xAxis })),
        },
      },
      {
        ...axes,
        type: "custom",
        data: series.map(({ values }, row) => [
          row,
          Math.min(...values),
          Math.max(...values),
        ]),
        renderItem: drawSpread,
      } satisfies CustomSeriesOption,
    ],
  };
}

function labelOf({ name, values }: Series): string {
  return `${name}  ${figure(median(values))}`;
}

function colorOf(row: number): string {
  return row === 0 ? PRODUCT : OTHERS;
}

/** Where the product should be: at its limit, and at its goals by the medians of the others. */
function linesOf({ goals = [], limit, series }: Comparison): number[] {
  const ofGoals = series.flatMap(({ name, values }) =>
    goals
      .filter(({ against }) => against === name)
      .map(({ ratio }) => ratio * median(values)),
  );
  return limit === undefined ? ofGoals : [limit, ...ofGoals];
}

/** A line from the lowest to the highest value of a row. */
const drawSpread: CustomSeriesRenderItem = (_, api) => {
  const row = Number(api.value(0));
  const [x1 = 0, y = 0] = api.coord([api.value(1), row]);
  const [x2 = 0] = api.coord([api.value(2), row]);
  return {
    type: "line",
    shape: { x1, y1: y, x2, y2: y },
    style: { stroke: colorOf(row), lineWidth: 2 },
  };
};

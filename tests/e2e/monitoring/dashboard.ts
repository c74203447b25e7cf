import { readFile } from "node:fs/promises";
import path from "node:path";
import { ourNamespace } from "../steps/cluster.ts";
import { monitoringManifests } from "./alert-rules.ts";
import { query } from "./prometheus.ts";

export const dashboard = path.join(monitoringManifests, "dashboard.json");

/** What we read of it. */
interface Dashboard {
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string }[];
  };
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

export async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(dashboard, "utf8")) as Dashboard;
}

/** What Prometheus itself counts for a panel, without the zero that the panel shows when there are no samples; undefined then. */
export async function countOf(panel: string): Promise<number | undefined> {
  const { panels } = await readDashboard();
  const [expression, ...others] = panels
    .filter(({ title }) => title === panel)
    .flatMap(({ targets }) => targets)
    .map(({ expr }) => expr);
  if (expression === undefined || others.length > 0)
    throw new Error(`the dashboard has no panel ${panel} with one expression`);
  const zero = " or vector(0)";
  if (!expression.endsWith(zero))
    throw new Error(`the expression of ${panel} does not end in${zero}`);
  const [sample] = await query(
    expression.slice(0, -zero.length).replaceAll("$namespace", ourNamespace),
  );
  return sample?.value;
}

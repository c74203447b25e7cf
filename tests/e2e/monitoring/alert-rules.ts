import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import { runProgram } from "../../control-plane/run-program.ts";

/** Where our manifests for monitoring are. */
export const monitoringManifests = path.join(
  import.meta.dirname,
  "../../../manifests/components/monitoring",
);

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface PrometheusRule {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly groups: readonly {
      readonly name: string;
      readonly rules: readonly AlertRule[];
    }[];
  };
}

/** What Prometheus has read, minute by minute from the start of time, in promtool's notation. */
export type Series = Readonly<Record<string, string>>;

/** Our alerts as people install them. */
export async function alertRules(): Promise<PrometheusRule> {
  const text = await readFile(
    path.join(monitoringManifests, "alerts.yaml"),
    "utf8",
  );
  return parse(text) as PrometheusRule;
}

/** The names of our alerts. */
export function alertNames({ spec }: PrometheusRule): string[] {
  return spec.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
}

/** The same alerts for a namespace, which wait for seconds where ours wait for minutes, and with a label by which the tests know them. */
export function hurried({ spec }: PrometheusRule, namespace: string): object {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "e2e-hurried", namespace },
    spec: {
      groups: spec.groups.map(({ name, rules }) => ({
        name: `${name}-hurried`,
        rules: rules.map((rule) => ({
          ...rule,
          for: "10s",
          keep_firing_for: "10s",
          labels: { ...rule.labels, hurried: "true" },
        })),
      })),
    },
  };
}

/**
 * Lets promtool check an alert against series. Returns what differs from the expectation; empty if the alert fires at `minute` once
 * for each of `fires`, and not otherwise.
 */
export async function testAlert(
  promtool: string,
  rule: PrometheusRule,
  {
    alert,
    series,
    minute,
    fires,
  }: {
    readonly alert: string;
    readonly series: Series;
    readonly minute: number;
    readonly fires: readonly Readonly<Record<string, string>>[];
  },
): Promise<string> {
  const { labels = {}, annotations = {} } =
    rule.spec.groups
      .flatMap(({ rules }) => rules)
      .find((one) => one.alert === alert) ?? {};
  const test = {
    rule_files: ["rules.yaml"],
    // Less often over a day, or promtool would work for many seconds.
    evaluation_interval: minute < 300 ? "30s" : "5m",
    tests: [
      {
        interval: "1m",
        input_series: Object.entries(series).map(([name, values]) => ({
          series: name,
          values,
        })),
        alert_rule_test: [
          {
            eval_time: `${minute}m`,
            alertname: alert,
            exp_alerts: fires.map((own) => ({
              exp_labels: { ...labels, ...own },
              exp_annotations: filledIn(annotations, own),
            })),
          },
        ],
      },
    ],
  };
  return withFiles(
    { "rules.yaml": stringify(rule.spec), "test.yaml": stringify(test) },
    async (directory) => {
      const { stdout, stderr, exitCode } = await runProgram(promtool, [
        "test",
        "rules",
        path.join(directory, "test.yaml"),
      ]);
      return exitCode === 0 ? "" : `${stdout}${stderr}`;
    },
  );
}

/** What promtool says of the alerts themselves, and whether it accepts them. */
export function checkRules(
  promtool: string,
  rule: PrometheusRule,
): Promise<{ output: string; accepted: boolean }> {
  return withFiles(
    { "rules.yaml": stringify(rule.spec) },
    async (directory) => {
      const { stdout, stderr, exitCode } = await runProgram(promtool, [
        "check",
        "rules",
        path.join(directory, "rules.yaml"),
      ]);
      return { output: `${stdout}${stderr}`, accepted: exitCode === 0 };
    },
  );
}

/** The annotations with the labels' values where they name labels. */
function filledIn(
  annotations: AlertRule["annotations"],
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, text]) => [
      key,
      text.replaceAll(
        /\{\{ *\$labels\.(\w+) *\}\}/g,
        (_, label: string) => labels[label] ?? "",
      ),
    ]),
  );
}

async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(
    path.join(tmpdir(), "stateful-deployments-alerts-"),
  );
  try {
    for (const [name, text] of Object.entries(files))
      await writeFile(path.join(directory, name), text);
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

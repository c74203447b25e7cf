import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { eventually } from "../../support/eventually.ts";
import { core, podsIn } from "../steps/cluster.ts";
import { nameOf } from "../../support/pods-and-claims.ts";

/** The name of the Prometheus object in its namespace, from which the operator makes the rest. */
export const prometheusObject = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "Prometheus",
  metadata: { namespace: "e2e-prometheus" as const, name: "e2e" },
  spec: {
    version: "v2.42.0",
    // The operator writes the settings and starts no Pod.
    replicas: 0,
    scrapeInterval: "5s",
    evaluationInterval: "5s",
    podMonitorSelector: {},
    podMonitorNamespaceSelector: {},
    ruleSelector: {},
    ruleNamespaceSelector: {},
  },
};

/** The operator reacts at once. The rest is for a busy machine. */
const writtenTimeoutMs = 60_000;

interface ScrapeConfig {
  readonly job_name: string;
  readonly kubernetes_sd_configs?: readonly {
    readonly role: string;
    readonly namespaces: { readonly names: readonly string[] };
  }[];
  readonly [setting: string]: unknown;
}

interface Config {
  readonly global: object;
  readonly scrape_configs: readonly ScrapeConfig[];
}

/**
 * Writes into a directory what the operator has made of our PodMonitor and of `rules` PrometheusRules, as a configuration for a
 * Prometheus on this machine: `prometheus.yaml`, the rules and the certificate authorities. `more` is scraped too.
 *
 * Debian's Prometheus asks no API server for targets. So it asks `discovery`, which answers with the same labels.
 */
export async function writeConfig(
  directory: string,
  discovery: string,
  rules: number,
  more: readonly ScrapeConfig[],
): Promise<void> {
  const { namespace } = prometheusObject.metadata;
  const certificates = path.join(directory, "certificates");
  const config = await eventually(
    "the operator has written the settings",
    async () => {
      const { data } = await core.readNamespacedSecret({
        namespace,
        name: "prometheus-e2e",
      });
      const text = gunzipSync(
        Buffer.from(data?.["prometheus.yaml.gz"] ?? "", "base64"),
      )
        .toString("utf8")
        // The operator's Pods have these variables.
        .replaceAll("$(SHARD)", "0")
        .replaceAll("$(POD_NAME)", "e2e")
        .replaceAll("/etc/prometheus/certs", certificates);
      const parsed = parse(text) as Partial<Config>;
      return parsed.scrape_configs?.length === 2 && (parsed as Config);
    },
    writtenTimeoutMs,
  );
  const files = await eventually(
    "the operator has written the rules",
    async () => {
      const { items } = await core.listNamespacedConfigMap({
        namespace,
        labelSelector: "prometheus-name=e2e",
      });
      const found = Object.assign(
        {},
        ...items.map(({ data }) => data),
      ) as Record<string, string>;
      return Object.keys(found).length === rules && found;
    },
    writtenTimeoutMs,
  );
  const { data: authorities = {} } = await core.readNamespacedSecret({
    namespace,
    name: "prometheus-e2e-tls-assets-0",
  });
  await mkdir(path.join(directory, "rules"));
  await mkdir(certificates);
  for (const [name, text] of Object.entries(files))
    await writeFile(path.join(directory, "rules", name), text);
  for (const [name, text] of Object.entries(authorities))
    await writeFile(path.join(certificates, name), Buffer.from(text, "base64"));
  await writeFile(
    path.join(directory, "prometheus.yaml"),
    stringify({
      global: config.global,
      rule_files: [path.join(directory, "rules/*.yaml")],
      scrape_configs: [
        ...config.scrape_configs.map((one) => discoveredBy(discovery, one)),
        ...more,
      ],
    }),
  );
}

function discoveredBy(
  discovery: string,
  { kubernetes_sd_configs: discovered = [], ...rest }: ScrapeConfig,
): object {
  return {
    ...rest,
    http_sd_configs: discovered.map(({ role, namespaces }) => {
      expect(role).to.equal("pod");
      return {
        url: `${discovery}/${namespaces.names.join(",")}`,
        refresh_interval: "2s",
      };
    }),
  };
}

/** Targets as https://prometheus.io/docs/prometheus/latest/http_sd/ has them. */
interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** A target for each port of each container of each Pod, with the labels of Prometheus's role `pod` that the operator uses. */
export async function podTargets(
  namespaces: readonly string[],
): Promise<TargetGroup[]> {
  const pods = await Promise.all(namespaces.map((name) => podsIn(name)));
  return pods.flat().flatMap(targetsOf);
}

function targetsOf(pod: V1Pod): TargetGroup[] {
  const { podIP, phase = "" } = pod.status ?? {};
  if (podIP === undefined) return [];
  const meta = "__meta_kubernetes";
  const labels = Object.entries(pod.metadata?.labels ?? {}).flatMap(
    ([key, value]) => {
      const name = key.replaceAll(/[^a-zA-Z0-9_]/g, "_");
      return [
        [`${meta}_pod_label_${name}`, value],
        [`${meta}_pod_labelpresent_${name}`, "true"],
      ];
    },
  );
  return (pod.spec?.containers ?? []).flatMap(
    ({ name: container, ports = [] }) =>
      ports.map(({ name = "", containerPort }) => ({
        targets: [`${podIP}:${containerPort}`],
        labels: {
          ...Object.fromEntries(labels),
          [`${meta}_namespace`]: pod.metadata?.namespace ?? "",
          [`${meta}_pod_name`]: nameOf(pod),
          [`${meta}_pod_phase`]: phase,
          [`${meta}_pod_container_name`]: container,
          [`${meta}_pod_container_port_name`]: name,
        },
      })),
  );
}

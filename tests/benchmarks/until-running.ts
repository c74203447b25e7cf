import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import type {
  V1PersistentVolumeClaimSpec,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { format } from "prettier";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { reused } from "../integration/reuse/reuse-suite.ts";
import { isClaimed } from "../support/admission-suite.ts";
import { aPod, cacheAnnotations } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { startFunction } from "../support/function-on.ts";
import { registerWebhook, webhookConfiguration } from "../support/webhook.ts";

/**
 * Times 300 Pods that start at once, by what gives them their volumes: until all exist, and until all are Running. Each round times
 * each way once; the first of them rotates. Writes docs/benchmarks/until-running.md.
 *
 *   node tests/benchmarks/until-running.ts [rounds] [Pods]
 */
const [rounds = 3, replicas = 300] = process.argv.slice(2).map(Number);
/** A round of all other ways takes longer than this, so a set is free when its turn comes again. Pods are stored within seconds here. */
const LEASE_MS = 20_000;
const PAGE = path.join(
  import.meta.dirname,
  "../../docs/benchmarks/until-running.md",
);

/** One way for a Pod to get its volume. */
interface Way {
  readonly title: string;
  readonly kind: "Deployment" | "StatefulSet";
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ephemeral?: true;
  /** The claims of an earlier start are there. */
  readonly warm?: true;
  /** Nothing schedules the Pods: then all of the machine creates them, and none of it starts them. */
  readonly unscheduled?: true;
}

const WAYS: readonly Way[] = [
  {
    title: "`retention: Reuse`, all sets free",
    kind: "Deployment",
    annotations: reused(),
    warm: true,
  },
  {
    title: "`retention: Delete`",
    kind: "Deployment",
    annotations: cacheAnnotations,
  },
  {
    title: "`retention: Reuse`, not scheduled",
    kind: "Deployment",
    annotations: reused(),
    warm: true,
    unscheduled: true,
  },
  {
    title: "`retention: Delete`, not scheduled",
    kind: "Deployment",
    annotations: cacheAnnotations,
    unscheduled: true,
  },
  {
    title: "generic ephemeral volumes",
    kind: "Deployment",
    ephemeral: true,
  },
  { title: "StatefulSet, `Parallel`, new claims", kind: "StatefulSet" },
  {
    title: "StatefulSet, `Parallel`, its claims are there",
    kind: "StatefulSet",
    warm: true,
  },
];

interface Times {
  /** Seconds until all Pods exist. */
  readonly exist: number;
  /** Seconds until all Pods are Running; undefined for Pods that are not scheduled. */
  readonly running: number | undefined;
}

const claimSpec: V1PersistentVolumeClaimSpec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};

const controlPlane = await startControlPlane();
const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
const apps = controlPlane.kubeConfig.makeApiClient(AppsV1Api);
const running = await startFunction(
  controlPlane,
  undefined,
  undefined,
  LEASE_MS,
);

/** Creates the workload with no Pods. */
async function create(namespace: string, way: Way): Promise<void> {
  await createNamespace(controlPlane.kubeConfig, namespace);
  const spec = aPod().spec ?? { containers: [] };
  if (way.ephemeral)
    spec.volumes = [
      {
        name: "cache",
        ephemeral: { volumeClaimTemplate: { spec: claimSpec } },
      },
    ];
  if (way.kind === "StatefulSet") delete spec.volumes;
  if (way.unscheduled) spec.schedulerName = "nobody";
  const template: V1PodTemplateSpec = {
    metadata: { labels: { app: "web" }, annotations: { ...way.annotations } },
    spec,
  };
  const metadata = { name: "web" };
  const selector = { matchLabels: { app: "web" } };
  await (way.kind === "StatefulSet"
    ? apps.createNamespacedStatefulSet({
        namespace,
        body: {
          metadata,
          spec: {
            replicas: 0,
            selector,
            template,
            serviceName: "web",
            podManagementPolicy: "Parallel",
            volumeClaimTemplates: [
              { metadata: { name: "cache" }, spec: claimSpec },
            ],
          },
        },
      })
    : apps.createNamespacedDeployment({
        namespace,
        body: { metadata, spec: { replicas: 0, selector, template } },
      }));
}

/** Scales and waits until the status shows that many Pods, and as many ready ones. */
async function scale(
  namespace: string,
  { kind, unscheduled }: Way,
  count: number,
): Promise<Times> {
  const begun = performance.now();
  const { exitCode, stderr } = await controlPlane.kubectl([
    "scale",
    `--namespace=${namespace}`,
    `${kind.toLowerCase()}/web`,
    `--replicas=${count}`,
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  let exist: number | undefined;
  for (;;) {
    const { status } = await (kind === "StatefulSet"
      ? apps.readNamespacedStatefulSet({ namespace, name: "web" })
      : apps.readNamespacedDeployment({ namespace, name: "web" }));
    const seconds = (performance.now() - begun) / 1_000;
    if ((status?.replicas ?? 0) === count) exist ??= seconds;
    if (exist !== undefined && unscheduled)
      return { exist, running: undefined };
    if (exist !== undefined && (status?.readyReplicas ?? 0) === count)
      return { exist, running: seconds };
    if (seconds > 600) throw new Error(`${namespace}: ${count} Pods not ready`);
    await sleep(100);
  }
}

async function noPods(namespace: string): Promise<void> {
  await eventually(
    `no Pod in ${namespace}`,
    async () =>
      (await core.listNamespacedPod({ namespace })).items.length === 0,
    300_000,
  );
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The page that is published. */
function page(times: ReadonlyMap<Way, readonly Times[]>): string {
  const rows = [...times].map(([{ title }, all]) => {
    const cells = (["exist", "running"] as const).flatMap((key) => {
      const seconds = all.flatMap((one) => one[key] ?? []);
      return seconds.length === 0
        ? ["", "", ""]
        : [median(seconds), Math.min(...seconds), Math.max(...seconds)].map(
            (value) => value.toFixed(1),
          );
    });
    return `| ${[title, ...cells].join(" | ")} |`;
  });
  return `# Until Running

\`node tests/benchmarks/until-running.ts\` writes this page: ${rounds} rounds, interleaved, of ${replicas} Pods that start at once. Times in seconds,
from \`kubectl scale\`. The control plane is real, on 2 nodes that kwok simulates; its controller manager provisions each volume with one write. A real
storage driver takes longer for a new volume, and no longer for one that is there. The machine has ${cpus().length} cores, which run everything.

Pods with claims that are there start while others are still being created, and take the processor from that. The rows "not scheduled" show how long the
creation alone takes.

| volumes from | all exist: median | lowest | highest | all Running: median | lowest | highest |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}
`;
}

try {
  await createNamespace(controlPlane.kubeConfig, "probe");
  await registerWebhook(
    controlPlane.kubeConfig,
    webhookConfiguration(running),
    () => isClaimed({ core }, "probe"),
  );
  const times = new Map<Way, Times[]>(WAYS.map((way) => [way, []]));
  for (const [index, way] of WAYS.entries()) {
    if (!way.warm) continue;
    await create(`way-${index}`, way);
    await scale(`way-${index}`, way, replicas);
    await scale(`way-${index}`, way, 0);
    await noPods(`way-${index}`);
  }
  await sleep(LEASE_MS);
  for (let round = 0; round < rounds; round += 1)
    for (let turn = 0; turn < WAYS.length; turn += 1) {
      const index = (turn + round) % WAYS.length;
      const way = WAYS[index];
      if (!way) continue;
      const namespace = way.warm ? `way-${index}` : `way-${index}-${round}`;
      if (!way.warm) await create(namespace, way);
      const claims = async (): Promise<number> =>
        (await core.listNamespacedPersistentVolumeClaim({ namespace })).items
          .length;
      const before = await claims();
      const took = await scale(namespace, way, replicas);
      times.get(way)?.push(took);
      console.log(
        `round ${round + 1} of ${rounds}: ${way.title}: exist ${took.exist.toFixed(1)} s, Running ${took.running?.toFixed(1) ?? "-"} s, ${(await claims()) - before} new claims`,
      );
      await scale(namespace, way, 0);
      await noPods(namespace);
      // What the controllers still have to clean up must not slow down the next.
      if (!way.warm) await core.deleteNamespace({ name: namespace });
      await sleep(LEASE_MS);
    }
  await mkdir(path.dirname(PAGE), { recursive: true });
  await writeFile(PAGE, await format(page(times), { filepath: PAGE }));
} finally {
  await running.stop();
  await controlPlane.stop();
}

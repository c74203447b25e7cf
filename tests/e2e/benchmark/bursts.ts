/** Measures bursts, on the cluster of KUBECONFIG: main.ts starts it with the number of rounds. */
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import { circumstancesWith } from "../../benchmarks/measure/circumstances.ts";
import { rotated } from "../../benchmarks/measure/rotated.ts";
import {
  apply,
  core,
  functionPods,
  kubectl,
  kubernetesVersion,
  ourNamespace,
} from "../steps/cluster.ts";
import { BURST, burstPage, burstSettings } from "./burst-settings.ts";
import type { Burst, BurstSetting } from "./burst-settings.ts";
import { publish, withInstalled } from "./installed.ts";
import { admitPod, annotateFunction, benchmarkNamespace } from "./services.ts";

/** Of fewer than these nothing is written. */
const roundsToWrite = 3;
/** For deletes and starts on a busy machine. */
const PATIENCE_MS = 120_000;

const rounds = Number(process.argv[2] ?? roundsToWrite);
const circumstances = circumstancesWith(await kubernetesVersion());
await withInstalled(async () => {
  await apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: benchmarkNamespace },
  });
  const measured = burstSettings.map((setting) => ({
    ...setting,
    bursts: [] as Burst[],
  }));
  // One that warms up, then the rounds.
  await burstWith(measured[0] ?? { maxScale: 1, target: 250 }, 0);
  for (let round = 1; round <= rounds; round += 1)
    for (const setting of rotated(measured, round)) {
      const burst = await burstWith(setting, round);
      setting.bursts.push(burst);
      console.log(
        `round ${round} of ${rounds}: max-scale ${setting.maxScale}, target ${setting.target}: ${JSON.stringify(burst)}`,
      );
    }
  await publish(
    "bursts-on-knative.md",
    burstPage(measured, circumstances),
    rounds >= roundsToWrite,
  );
});

/** A new revision, of which Knative starts one Pod, and a burst. */
async function burstWith(
  { maxScale, target }: BurstSetting,
  round: number,
): Promise<Burst> {
  await annotateFunction({
    "autoscaling.knative.dev/max-scale": String(maxScale),
    "autoscaling.knative.dev/target": String(target),
    // The Pods of the revisions before end soon.
    "autoscaling.knative.dev/window": "10s",
    // Each revision is new, also with the settings of an earlier one.
    "stateful-deployments.dev/round": String(round),
  });
  const revision = await kubectl([
    "get",
    "ksvc/function",
    `--namespace=${ourNamespace}`,
    "--output=jsonpath={.status.latestReadyRevisionName}",
  ]);
  await eventually(
    "one Pod of the function runs",
    async () => (await instancesOf(revision)) === 1,
    PATIENCE_MS,
  );
  await admitPod({ annotated: true });
  const begin = performance.now();
  const ends = await Promise.all(
    Array.from({ length: BURST }, async () => {
      const created = await admitPod({ annotated: true }).then(
        () => true,
        () => false,
      );
      return { created, seconds: (performance.now() - begin) / 1_000 };
    }),
  );
  const instances = await instancesOf(revision);
  await removeAll();
  const created = ends.filter((end) => end.created);
  return {
    // A rejection may be faster than a creation.
    seconds: Math.max(...created.map(({ seconds }) => seconds)),
    rejected: ends.length - created.length,
    instances,
  };
}

/** The number of its Pods that are not being deleted. */
async function instancesOf(revision: string): Promise<number> {
  return (await functionPods()).filter(
    ({ metadata }) =>
      metadata?.labels?.["serving.knative.dev/revision"] === revision &&
      metadata.deletionTimestamp === undefined,
  ).length;
}

/** The next burst finds as few Pods and claims as this one. */
async function removeAll(): Promise<void> {
  const namespace = benchmarkNamespace;
  await core.deleteCollectionNamespacedPod({
    namespace,
    gracePeriodSeconds: 0,
  });
  await core.deleteCollectionNamespacedPersistentVolumeClaim({ namespace });
  await eventually(
    "no claim of the burst is left",
    async () =>
      (await core.listNamespacedPersistentVolumeClaim({ namespace, limit: 1 }))
        .items.length === 0,
    PATIENCE_MS,
  );
  // What the controllers still do must not fall into the next burst.
  await sleep(2_000);
}

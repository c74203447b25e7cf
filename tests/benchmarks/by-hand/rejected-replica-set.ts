/**
 * How many claims a Deployment leaves whose Pods are rejected after the function has created their claims, while no janitor sweeps:
 *     node tests/benchmarks/by-hand/rejected-replica-set.ts [minutes, 10 unless given]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import { aDeployment, isClaimed } from "../../support/admission-suite.ts";
import { startFunction } from "../../support/function-on.ts";
import { rejectPodsIn } from "../../support/rejecting-policy.ts";
import {
  webhookConfiguration,
  registerWebhook,
} from "../../support/webhook.ts";

const minutes = Number(process.argv[2] ?? "10");
const namespace = "default";
const controlPlane = await startControlPlane({ nodes: 0 });
const running = await startFunction(controlPlane);
try {
  const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  await rejectPodsIn(
    controlPlane.kubeConfig,
    namespace,
    "rejected for the benchmark",
  );
  await registerWebhook(
    controlPlane.kubeConfig,
    webhookConfiguration(running),
    () => isClaimed({ core }, "kube-public"),
  );
  await controlPlane.kubeConfig
    .makeApiClient(AppsV1Api)
    .createNamespacedDeployment({ namespace, body: aDeployment("web", 3) });
  console.log("minute  claims");
  for (let minute = 1; minute <= minutes; minute += 1) {
    await sleep(60_000);
    const { items } = await core.listNamespacedPersistentVolumeClaim({
      namespace,
    });
    console.log(
      `${String(minute).padStart(6)}  ${String(items.length).padStart(6)}`,
    );
  }
} finally {
  await running.stop();
  await controlPlane.stop();
}

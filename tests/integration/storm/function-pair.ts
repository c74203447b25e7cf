import { CoreV1Api } from "@kubernetes/client-node";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { isClaimed } from "../../support/admission-suite.ts";
import type { Balancer } from "../../support/balancer.ts";
import { webhookToken } from "../../support/function-on.ts";
import { startKillableFunction } from "../../support/killable-function.ts";
import type { KillableFunction } from "../../support/killable-function.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";

/** Starts two functions that know nothing of each other. From now on the balancer leads to them. */
export async function startFunctionPair(
  controlPlane: ControlPlane,
  balancer: Balancer,
  kubeconfig: string,
  leaseMs: number,
  staleLists = false,
): Promise<readonly KillableFunction[]> {
  const functions = await Promise.all(
    [1, 2].map(() =>
      startKillableFunction(controlPlane, kubeconfig, leaseMs, staleLists),
    ),
  );
  balancer.leadTo(functions.map(({ port }) => port));
  return functions;
}

/** Lets the API server call what is behind the balancer, and tries it in the empty namespace `probe`. Gives what ends that. */
export async function registerFunctionPair(
  { caPem, kubeConfig }: ControlPlane,
  balancer: Balancer,
  probe: string,
  timeoutSeconds = 30,
): Promise<() => Promise<void>> {
  const configuration = webhookConfiguration({
    url: `https://127.0.0.1:${balancer.port}/mutate/${webhookToken}`,
    caPem,
  });
  for (const webhook of configuration.webhooks ?? [])
    webhook.timeoutSeconds = timeoutSeconds;
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return await registerWebhook(kubeConfig, configuration, () =>
    isClaimed({ core }, probe),
  );
}

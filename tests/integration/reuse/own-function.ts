import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import { isClaimed } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { startFunction } from "../../support/function-on.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";

const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** A function that serves one namespace alone. */
export interface OwnFunction {
  /** Stops it: from now on the API server gets no answer. */
  readonly stop: () => Promise<void>;
  /** Starts it again where it was. */
  readonly start: () => Promise<void>;
  /** Takes the function and its webhook away. */
  readonly remove: () => Promise<void>;
}

/** From now on a function of its own serves `namespace`, and that of the suite does not: a test can stop it while others go on. */
export async function ownFunction(
  suite: AdmissionSuite,
  namespace: string,
  leaseMs: number,
): Promise<OwnFunction> {
  const { controlPlane } = suite;
  const { kubeConfig } = controlPlane;
  await excludeNamespace(suite, namespace);
  let running = await startFunction(
    controlPlane,
    undefined,
    undefined,
    leaseMs,
  );
  const { port } = running;
  const configuration = webhookConfiguration(running);
  configuration.metadata = { name: `10-${namespace}` };
  for (const webhook of configuration.webhooks ?? [])
    webhook.namespaceSelector = {
      matchExpressions: [
        { key: NAMESPACE_NAME, operator: "In", values: [namespace] },
      ],
    };
  const unregister = await registerWebhook(kubeConfig, configuration, () =>
    isClaimed(suite, namespace),
  );
  return {
    stop: () => running.stop(),
    async start() {
      running = await startFunction(
        controlPlane,
        undefined,
        undefined,
        leaseMs,
        port,
      );
    },
    async remove() {
      await unregister();
      await running.stop();
    },
  };
}

/** The webhook of the suite leaves the namespace alone. */
async function excludeNamespace(
  suite: AdmissionSuite,
  namespace: string,
): Promise<void> {
  const { kubeConfig } = suite.controlPlane;
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const name = webhookConfiguration(suite.running).metadata?.name ?? "";
  const body = await api.readMutatingWebhookConfiguration({ name });
  for (const { namespaceSelector } of body.webhooks ?? [])
    namespaceSelector?.matchExpressions?.push({
      key: NAMESPACE_NAME,
      operator: "NotIn",
      values: [namespace],
    });
  await api.replaceMutatingWebhookConfiguration({ name, body });
  await eventually(
    `the function of the suite leaves ${namespace} alone`,
    async () => !(await isClaimed(suite, namespace)),
    10_000,
  );
}

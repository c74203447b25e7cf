import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type { V1MutatingWebhook } from "@kubernetes/client-node";
import { isClaimed } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { startFunction } from "../../support/function-on.ts";
import type { RunningFunction } from "../../support/function-on.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";

const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** A function that serves one namespace alone. */
export interface OwnFunction {
  /** Stops it: from now on the API server gets no answer. */
  readonly stop: () => Promise<void>;
  /** Starts it again, on another port: others may have taken the first one. */
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
  const start = (): Promise<RunningFunction> =>
    startFunction(controlPlane, undefined, undefined, leaseMs);
  let running = await start();
  const configuration = webhookConfiguration(running);
  const name = `10-${namespace}`;
  configuration.metadata = { name };
  for (const webhook of configuration.webhooks ?? [])
    webhook.namespaceSelector = {
      matchExpressions: [
        { key: NAMESPACE_NAME, operator: "In", values: [namespace] },
      ],
    };
  const unregister = await registerWebhook(kubeConfig, configuration, () =>
    isClaimed(suite, namespace),
  ).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  return {
    stop: () => running.stop(),
    async start() {
      running = await start();
      const { url } = running;
      await changeWebhooks(suite, name, ({ clientConfig }) => {
        clientConfig.url = url;
      });
      await eventually(
        "the API server calls the new function",
        () => isClaimed(suite, namespace),
        10_000,
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
  const name = webhookConfiguration(suite.running).metadata?.name ?? "";
  await changeWebhooks(suite, name, ({ namespaceSelector }) =>
    namespaceSelector?.matchExpressions?.push({
      key: NAMESPACE_NAME,
      operator: "NotIn",
      values: [namespace],
    }),
  );
  await eventually(
    `the function of the suite leaves ${namespace} alone`,
    async () => !(await isClaimed(suite, namespace)),
    10_000,
  );
}

async function changeWebhooks(
  { controlPlane }: AdmissionSuite,
  name: string,
  change: (webhook: V1MutatingWebhook) => unknown,
): Promise<void> {
  const api = controlPlane.kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const body = await api.readMutatingWebhookConfiguration({ name });
  for (const webhook of body.webhooks ?? []) change(webhook);
  await api.replaceMutatingWebhookConfiguration({ name, body });
}

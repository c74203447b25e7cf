import path from "node:path";
import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type { AdmissionregistrationV1WebhookClientConfig } from "@kubernetes/client-node";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { aBarePod } from "../support/admission-suite.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { outcomeOf } from "./attempt.ts";
import {
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";

/** What somebody does who follows docs/install.md, and what is to be seen of it in the cluster. */
export interface InstallationByManual {
  /** The first command under Install; what it waits for afterwards needs Knative's controllers. */
  apply(): Promise<void>;
  /** The command under Verify. Resolves with what it printed, and throws with that if it failed. */
  verify(): Promise<string>;
  /** Runs a block of the manual's commands, with the rights of an administrator. */
  run(block: string): Promise<string>;
  /** Tries a Pod without creating it. Resolves with what the API server said, or "allowed". */
  tryPod(name: string, annotations: Record<string, string>): Promise<string>;
  /** How the API server reaches the function, as it is written in the cluster. */
  clientConfig(): Promise<
    AdmissionregistrationV1WebhookClientConfig | undefined
  >;
  /** With what the CronJob `certificates` would start its program. */
  argumentsOfCronJob(): Promise<string[]>;
  /** The claims of all namespaces. */
  claimNames(): Promise<string[]>;
  /** How many claims belong to a Pod. */
  countOwned(): Promise<number>;
  /** Whatever there is of the kinds that an installation has: kind, and `namespace/name`. */
  objects(): Promise<string[]>;
}

/** Kinds of which an installation has objects, besides those of its own namespace. */
const KINDS = [
  "namespaces",
  "services",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "clusterroles",
  "clusterrolebindings",
  "clusterdomainclaims.networking.internal.knative.dev",
  "domainmappings.serving.knative.dev",
  "services.serving.knative.dev",
  "persistentvolumeclaims",
  "cronjobs",
  "jobs",
];

/** On a control plane that `prepareForManifests` has prepared; Pods are tried in `namespace`. */
export function installationByManual(
  controlPlane: ControlPlane,
  namespace: string,
): InstallationByManual {
  const admin = connectApiServer(controlPlane.kubeConfig, "test");

  const run = (block: string): Promise<string> => {
    const { binaries, directory, kubeconfigPath } = controlPlane;
    return runBlock(block, {
      env: {
        PATH: `${path.dirname(binaries.path("kubectl"))}:/usr/bin:/bin`,
        HOME: directory,
        KUBECONFIG: kubeconfigPath,
      },
    });
  };

  /** Of all namespaces, a line for each. */
  const list = async (kinds: string, output: string): Promise<string[]> => {
    const text = await succeed(controlPlane, [
      "get",
      kinds,
      "--all-namespaces",
      `--output=${output}`,
    ]);
    return text.split("\n").filter((line) => line !== "");
  };

  return {
    run,
    async apply() {
      const [command = ""] = await commandsOf("Install");
      await run(command);
    },
    async verify() {
      const [command = ""] = await commandsOf("Verify");
      return await run(command);
    },
    tryPod: (name, annotations) =>
      outcomeOf(
        admin({
          method: "POST",
          path: `/api/v1/namespaces/${namespace}/pods`,
          query: { dryRun: "All" },
          body: aBarePod(name, { annotations }),
          timeoutMs: 10_000,
        }),
      ),
    async clientConfig() {
      const { webhooks = [] } = await controlPlane.kubeConfig
        .makeApiClient(AdmissionregistrationV1Api)
        .readMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION });
      return webhooks[0]?.clientConfig;
    },
    argumentsOfCronJob: async () =>
      JSON.parse(
        await succeed(controlPlane, [
          "get",
          "cronjob/certificates",
          `--namespace=${NAMESPACE}`,
          "--output=jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].args}",
        ]),
      ) as string[],
    claimNames: () => list("persistentvolumeclaims", "name"),
    async countOwned() {
      const owners = await list(
        "persistentvolumeclaims",
        "jsonpath={range .items[*]}{.metadata.ownerReferences[0].kind}{'\\n'}{end}",
      );
      return owners.filter((kind) => kind === "Pod").length;
    },
    objects: () =>
      list(
        KINDS.join(","),
        "jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{'\\n'}{end}",
      ),
  };
}

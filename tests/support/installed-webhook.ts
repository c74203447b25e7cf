import { join } from "node:path";
import { AdmissionregistrationV1Api, CoreV1Api } from "@kubernetes/client-node";
import type {
  V1MutatingWebhookConfiguration,
  V1Secret,
} from "@kubernetes/client-node";
import { runCertificates } from "../../janitor/certificates/command.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { freePort } from "../control-plane/free-port.ts";
import { accountWith } from "./account.ts";
import type { Rights } from "./account.ts";
import { FUNCTION } from "./built-programs.ts";
import { mountSecret } from "./mounted-secret.ts";
import { portOf, startProgram } from "./program.ts";
import { uniqueNamespace } from "./shared-control-plane.ts";
import { webhookConfiguration } from "./webhook.ts";

/** How a run of the command ended. */
export interface CertificatesRun {
  readonly code: number;
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** What the command keeps, in a namespace and a webhook configuration of its own, and the function that lives on it. */
export interface InstalledWebhook {
  readonly controlPlane: ControlPlane;
  readonly namespace: string;
  /** Name of the webhook configuration, which is about this namespace only. */
  readonly configuration: string;
  /** Where the function is called, without its path. */
  readonly origin: string;
  /** Of an account that has the rights which the command needs, and no others. */
  readonly kubeconfig: string;
  /** Flags that every run needs. */
  readonly flags: readonly string[];
  readonly run: (...flags: string[]) => Promise<CertificatesRun>;
  /** Runs the command as an account that has nothing but these rights. */
  readonly runWith: (
    rights: Rights,
    ...flags: string[]
  ) => Promise<CertificatesRun>;
  readonly secret: (name: string) => Promise<V1Secret>;
  readonly webhook: () => Promise<V1MutatingWebhookConfiguration>;
  /** Mounts the Secrets and starts the function as a process; resolves when it listens. Returns its log. */
  readonly startFunction: () => Promise<() => string>;
  readonly remove: () => Promise<void>;
}

/** All that the command needs. */
export function certificatesRights(configuration: string): Rights {
  const secrets = { apiGroups: [""], resources: ["secrets"] };
  return {
    inNamespace: [
      { ...secrets, verbs: ["create"] },
      {
        ...secrets,
        resourceNames: ["webhook-ca", "webhook-certificate", "webhook-token"],
        verbs: ["get", "patch"],
      },
    ],
    inCluster: [
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["mutatingwebhookconfigurations"],
        resourceNames: [configuration],
        verbs: ["get", "patch"],
      },
    ],
  };
}

/** Applies the webhook configuration as people install it, without caBundle and path; nothing has run yet. */
export async function installWebhook(
  controlPlane: ControlPlane,
): Promise<InstalledWebhook> {
  const { kubeConfig } = controlPlane;
  const namespace = await uniqueNamespace("certificates");
  const configuration = `10-${namespace}`;
  const port = await freePort();
  const origin = `https://127.0.0.1:${port}`;
  const flags = [
    `--namespace=${namespace}`,
    `--webhook-configuration=${configuration}`,
  ];
  const admission = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const undo: (() => Promise<void> | void)[] = [];

  const body = webhookConfiguration({ url: `${origin}/`, caPem: "" });
  body.metadata = { name: configuration };
  for (const webhook of body.webhooks ?? []) {
    delete webhook.clientConfig.caBundle;
    webhook.namespaceSelector = {
      matchLabels: { "kubernetes.io/metadata.name": namespace },
    };
  }
  await admission.createMutatingWebhookConfiguration({ body });
  undo.push(async () => {
    await admission.deleteMutatingWebhookConfiguration({ name: configuration });
  });

  const runAs = async (
    kubeconfig: string,
    more: readonly string[],
  ): Promise<CertificatesRun> => {
    const lines: string[] = [];
    const problems: string[] = [];
    const code = await runCertificates(
      [...flags, ...more],
      { KUBECONFIG: kubeconfig },
      {
        out: (line) => lines.push(line),
        problem: (line) => problems.push(line),
      },
    );
    return { code, lines, problems };
  };

  const newAccount = async (rights: Rights): Promise<string> => {
    const account = await accountWith(controlPlane, namespace, rights);
    undo.push(account.remove);
    return account.kubeconfig;
  };
  const kubeconfig = await newAccount(certificatesRights(configuration));

  return {
    controlPlane,
    namespace,
    configuration,
    origin,
    kubeconfig,
    flags,
    run: (...more) => runAs(kubeconfig, more),
    runWith: async (rights, ...more) =>
      await runAs(await newAccount(rights), more),
    secret: (name) => core.readNamespacedSecret({ namespace, name }),
    webhook: () =>
      admission.readMutatingWebhookConfiguration({ name: configuration }),
    startFunction: async () => {
      const mount = async (name: string): Promise<string> => {
        const { directory, unmount } = await mountSecret(
          kubeConfig,
          namespace,
          name,
          join(controlPlane.directory, `${namespace}-${name}`),
        );
        undo.push(unmount);
        return directory;
      };
      const program = startProgram(FUNCTION, {
        env: {
          PORT: String(port),
          KUBECONFIG: controlPlane.kubeconfigPath,
          TLS_CERT_DIR: await mount("webhook-certificate"),
          WEBHOOK_TOKEN_FILE: join(await mount("webhook-token"), "token"),
        },
      });
      undo.push(async () => {
        program.process.kill("SIGKILL");
        await program.exited;
      });
      await portOf(program);
      return program.stdout;
    },
    remove: async () => {
      for (const step of undo.toReversed()) await step();
    },
  };
}

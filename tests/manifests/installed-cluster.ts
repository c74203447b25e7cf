import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../functions/kubernetes/api-server.ts";
import type { Context } from "mocha";
import { findBinaries } from "../control-plane/binaries.ts";
import type { Program } from "../control-plane/binaries.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { startFunction } from "../support/function-on.ts";
import type { RunningFunction } from "../support/function-on.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { findCrdFiles } from "../support/crd-files.ts";
import { aTemplate, aWorkload } from "./workloads.ts";

/** Our namespace, as the manifests have it. */
export const NAMESPACE = "stateful-deployments";

/** Name of the webhook configuration, as the manifests have it. */
export const WEBHOOK_CONFIGURATION = "10-stateful-deployments";

/** A control plane on which manifests/overlays/kourier is installed, and the function runs with its own account. */
export interface InstalledCluster {
  readonly controlPlane: ControlPlane;
  readonly running: RunningFunction;
  readonly admin: ApiServer;
  /** The API server as this ServiceAccount sees it, with a token of its own. */
  as(namespace: string, serviceAccount: string): Promise<ApiServer>;
  /** Applies these objects as an administrator. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Lets the API server call this address, or the function again when none is given. */
  pointWebhookAt(url?: string): Promise<void>;
}

/** Shorter than it is: this API server stores a Pod at once. */
const LEASE_MS = 5_000;

/** Without these there is nothing to try the manifests on. */
const NEEDED: readonly Program[] = [
  "kubectl",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
];

let starting: Promise<InstalledCluster> | undefined;

/**
 * For a `before` hook: the one such control plane of this test run, apart from that of other tests, since policies and webhook
 * hold for the whole of it. Skips the suite, and says so, where programs are missing.
 */
export async function installedCluster(
  context: Context,
): Promise<InstalledCluster> {
  context.timeout(startTimeoutMs);
  await skipWithoutPrograms(context);
  starting ??= start();
  return await starting;
}

/** Skips the suite, and says so, where the programs are missing that the manifests are tried with. */
export async function skipWithoutPrograms(context: Context): Promise<void> {
  const binaries = await findBinaries();
  const missing = NEEDED.filter((program) =>
    binaries.missing.includes(program),
  );
  if (missing.length === 0) return;
  process.stderr.write(
    `Skipping the tests of manifests/: ${binaries.directory} has no ${missing.join(" and no ")}\n`,
  );
  context.skip();
}

// Of the root suite, since this module is loaded while mocha collects the files: runs after all of them.
after(async function () {
  this.timeout(60_000);
  const cluster = await starting?.catch(() => undefined);
  await cluster?.running.stop();
  await cluster?.controlPlane.stop();
});

async function start(): Promise<InstalledCluster> {
  const controlPlane = await startControlPlane({ auditLog: true });
  await prepareForManifests(controlPlane);
  await succeed(controlPlane, [
    "apply",
    "-k",
    path.join(import.meta.dirname, "../../manifests/overlays/kourier"),
  ]);

  const running = await startFunction(
    controlPlane,
    controlPlane.kubeconfigFor(
      await controlPlane.tokenFor(NAMESPACE, "function"),
    ),
    undefined,
    LEASE_MS,
  );
  const cluster: InstalledCluster = {
    controlPlane,
    running,
    admin: connectApiServer(controlPlane.kubeConfig, "test"),
    as: (namespace, serviceAccount) =>
      apiServerAs(controlPlane, namespace, serviceAccount),
    apply: async (...items) => {
      const list = { apiVersion: "v1", kind: "List", items };
      await succeed(
        controlPlane,
        ["apply", "--filename=-"],
        JSON.stringify(list),
      );
    },
    pointWebhookAt: (url = running.url) =>
      pointWebhookAt(controlPlane, url, running.caPem),
  };
  await cluster.pointWebhookAt();
  await eventually("the policies are in force", () => policiesInForce(cluster));
  return cluster;
}

/** What a cluster with Knative, cert-manager and the Prometheus operator has before anything of ours comes. */
export async function prepareForManifests(
  controlPlane: ControlPlane,
): Promise<void> {
  const files = await findCrdFiles();
  await succeed(controlPlane, [
    "apply",
    "--server-side",
    ...files.flatMap((file) => ["-f", file]),
  ]);
  await succeed(controlPlane, [
    "wait",
    "--for=condition=Established",
    "--timeout=30s",
    "crd",
    "--all",
  ]);
  for (const namespace of ["knative-serving", "kourier-system"])
    await createNamespace(controlPlane.kubeConfig, namespace);
}

/** The words of a command line without quotes. */
export function words(text: string): string[] {
  return text.split(" ");
}

/** Runs kubectl. Throws what it printed as an error when it fails. */
export async function succeed(
  { kubectl }: Pick<ControlPlane, "kubectl">,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const { stdout, stderr, exitCode } = await kubectl(args, {
    ...(input !== undefined && { input }),
  });
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** The API server as this ServiceAccount sees it, with a token of its own. */
export async function apiServerAs(
  controlPlane: ControlPlane,
  namespace: string,
  serviceAccount: string,
): Promise<ApiServer> {
  const token = await controlPlane.tokenFor(namespace, serviceAccount);
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfigFor(token));
  return connectApiServer(config, "test");
}

/** Lets the API server call this address, without waiting until it does. */
export async function pointWebhookAt(
  controlPlane: ControlPlane,
  url: string,
  caPem: string,
): Promise<void> {
  const clientConfig = {
    url,
    caBundle: Buffer.from(caPem).toString("base64"),
  };
  await succeed(controlPlane, [
    "patch",
    "mutatingwebhookconfiguration",
    WEBHOOK_CONFIGURATION,
    "--type=json",
    "-p",
    JSON.stringify([
      { op: "replace", path: "/webhooks/0/clientConfig", value: clientConfig },
    ]),
  ]);
}

/** The API server begins to use all policies at once, some time after they were applied, so the one that is bound last is enough. */
async function policiesInForce({
  controlPlane,
}: InstalledCluster): Promise<boolean> {
  const { stderr } = await controlPlane.kubectl(
    ["create", "--dry-run=server", "-f", "-"],
    {
      input: JSON.stringify(
        aWorkload("Deployment", aTemplate({ "volume-claim-template/x": "" })),
      ),
    },
  );
  return stderr.includes("volume-claim-template/x");
}

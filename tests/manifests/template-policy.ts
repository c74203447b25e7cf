import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  ApiStatusError,
  type ApiAnswer,
} from "../../functions/kubernetes/api-server.ts";
import { planPod } from "../../functions/admission/plan-pod.ts";
import { describeErrors } from "../../functions/field/field-error.ts";
import { aRequest } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { aWorkload, collectionOf, withAnnotations } from "./workloads.ts";
import type { WorkloadKind } from "./workloads.ts";

/** What the function says of a Pod from this template, or undefined when it lets it pass. */
export async function functionSays(
  template: V1PodTemplateSpec,
): Promise<string | undefined> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...template.metadata, generateName: "probe-" },
    spec: template.spec ?? { containers: [] },
  };
  const plan = await planPod(aRequest(pod));
  return plan.kind === "deny" ? describeErrors(plan.errors) : undefined;
}

/** Creates the workload `probe`, or only asks whether it could be created. Throws `ApiStatusError` when it is refused. */
export function createWorkload(
  { admin }: InstalledCluster,
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  {
    namespace = "default",
    dryRun = true,
    ownClaims = [],
  }: {
    namespace?: string;
    dryRun?: boolean;
    ownClaims?: readonly string[];
  } = {},
): Promise<ApiAnswer> {
  return admin({
    method: "POST",
    path: collectionOf(kind, namespace),
    query: dryRun ? { dryRun: "All" } : {},
    body: aWorkload(kind, template, ownClaims),
    timeoutMs: 10_000,
  });
}

/** What the policy says of a workload, or undefined when it lets it pass. */
export async function policySays(
  cluster: InstalledCluster,
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  ownClaims: readonly string[] = [],
): Promise<string | undefined> {
  try {
    await createWorkload(cluster, kind, template, { ownClaims });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
    const [, said] = error.message.split("denied request: ");
    if (said === undefined) throw error;
    expect(error.status).to.equal(422);
    expect(error.message).to.include("'stateful-deployments-templates'");
    return said;
  }
}

/** Runs `task` while the policy only warns of wrong templates, and has it refuse them again afterwards. */
export function whilePolicyWarns(
  cluster: InstalledCluster,
  task: () => Promise<void>,
): Promise<void> {
  return whileBindingIs(
    cluster,
    { validationActions: ["Warn"] },
    { validationActions: ["Deny"] },
    task,
  );
}

/** Runs `task` while the policy holds in namespaces with these labels only. */
export function whilePolicyIsNarrowed(
  cluster: InstalledCluster,
  matchLabels: Readonly<Record<string, string>>,
  task: () => Promise<void>,
): Promise<void> {
  return whileBindingIs(
    cluster,
    { matchResources: { namespaceSelector: { matchLabels } } },
    { matchResources: null },
    task,
  );
}

async function whileBindingIs(
  cluster: InstalledCluster,
  changed: object,
  asInstalled: object,
  task: () => Promise<void>,
): Promise<void> {
  await changeBinding(cluster, changed, false);
  try {
    await task();
  } finally {
    await changeBinding(cluster, asInstalled, true);
  }
}

/** Waits until the API server has taken the change up: until it refuses a wrong template in `default`, or no longer does. */
async function changeBinding(
  cluster: InstalledCluster,
  spec: object,
  refuses: boolean,
): Promise<void> {
  await succeed(cluster.controlPlane, [
    "patch",
    "validatingadmissionpolicybinding",
    "stateful-deployments-templates",
    "--type=merge",
    "-p",
    JSON.stringify({ spec }),
  ]);
  await eventually("the binding is in force as it was changed", async () => {
    const said = await policySays(
      cluster,
      "Deployment",
      withAnnotations({ storage: "x" }),
    );
    return (said !== undefined) === refuses;
  });
}

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
import { outcomeOf } from "./claims.ts";
import { succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { aWorkload, collectionOf, withAnnotations } from "./workloads.ts";
import type { WorkloadKind } from "./workloads.ts";

/** The message with which the function rejects a Pod of this template, or undefined. */
export async function functionSays({
  metadata,
  spec = { containers: [] },
}: V1PodTemplateSpec): Promise<string | undefined> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      generateName: "probe-",
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "probe",
          uid: "1",
          controller: true,
        },
      ],
    },
    spec,
  };
  const plan = await planPod(aRequest(pod));
  return plan.kind === "deny" ? describeErrors(plan.errors) : undefined;
}

interface Options {
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly ownClaims?: readonly string[];
  /** Of a Deployment; the default of Kubernetes unless given. */
  readonly strategy?: object;
}

/** Creates the workload `probe`, or only asks whether that is possible. Throws `ApiStatusError` when it is rejected. */
export function createWorkload(
  { admin }: InstalledCluster,
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  { namespace = "default", dryRun = true, ownClaims, strategy }: Options = {},
): Promise<ApiAnswer> {
  return admin({
    method: "POST",
    path: collectionOf(kind, namespace),
    query: dryRun ? { dryRun: "All" } : {},
    body: aWorkload(kind, template, ownClaims, strategy),
    timeoutMs: 10_000,
  });
}

/** The message with which the policy rejects a workload, or undefined. */
export async function policySays(
  cluster: InstalledCluster,
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  options: Options = {},
): Promise<string | undefined> {
  try {
    await createWorkload(cluster, kind, template, options);
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

/** Runs `task` while the binding of the policy has this spec, and undoes the change afterwards. */
export async function whileBindingIs(
  cluster: InstalledCluster,
  spec:
    | { readonly validationActions: readonly string[] }
    | { readonly matchResources: object },
  task: () => Promise<void>,
): Promise<void> {
  await changeBinding(cluster, spec, "allowed");
  try {
    await task();
  } finally {
    const installed = { validationActions: ["Deny"], matchResources: null };
    await changeBinding(cluster, installed, "denied request");
  }
}

/** Waits until the API server uses the changed binding: until a wrong template in `default` has this outcome. */
async function changeBinding(
  cluster: InstalledCluster,
  spec: object,
  outcome: string,
): Promise<void> {
  await succeed(cluster.controlPlane, [
    "patch",
    "validatingadmissionpolicybinding/stateful-deployments-templates",
    "--type=merge",
    `--patch=${JSON.stringify({ spec })}`,
  ]);
  const wrong = withAnnotations({ storage: "x" });
  await eventually("the changed binding is in use", async () =>
    (await outcomeOf(createWorkload(cluster, "Deployment", wrong))).includes(
      outcome,
    ),
  );
}

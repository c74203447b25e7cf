import path from "node:path";
import { type Ran, runProgram } from "../control-plane/run-program.ts";

const overlay = path.join(
  import.meta.dirname,
  "../../manifests/overlays/kourier",
);

/** What the kourier overlay needs of a cluster. */
const needed = [
  "services.serving.knative.dev",
  "domainmappings.serving.knative.dev",
  "clusterdomainclaims.networking.internal.knative.dev",
];

/** Names of objects that a run creates, as `kubectl get --output=name` prints them. */
const ours = [
  /^namespace\/stateful-deployments$/,
  /^namespace\/e2e-/,
  /^mutatingwebhookconfiguration\.[^/]+\/10-stateful-deployments$/,
];

/** The cluster of KUBECONFIG; `why` names in a few words what is wrong with it. */
export type GivenCluster =
  | { readonly kind: "usable" }
  /** There is none, or none with what the product needs. */
  | { readonly kind: "none"; readonly why: string }
  /** There is one, but a run would overwrite and remove what it has. */
  | { readonly kind: "occupied"; readonly why: string };

function none(why: string): GivenCluster {
  return { kind: "none", why };
}

/** Looks at the cluster of KUBECONFIG, and changes nothing there. */
export async function givenCluster(): Promise<GivenCluster> {
  if ((process.env["KUBECONFIG"] ?? "") === "")
    return none("KUBECONFIG is not set");
  const crds = await namesOf("crd");
  if (crds.exitCode !== 0)
    return none(
      `the cluster of KUBECONFIG does not answer: ${crds.stderr.trim()}`,
    );
  const missing = needed.filter((name) => !crds.stdout.includes(`/${name}\n`));
  if (missing.length > 0)
    return none(`the cluster of KUBECONFIG has no ${missing.join(" and no ")}`);
  const gateway = await namesOf(
    "deployment",
    "3scale-kourier-gateway",
    "--namespace=kourier-system",
  );
  if (gateway.exitCode !== 0)
    return none(
      "the cluster of KUBECONFIG has Knative Serving, but no Kourier gateway",
    );
  const { stdout, stderr, exitCode } = await namesOfTraces();
  if (exitCode !== 0)
    return {
      kind: "occupied",
      why: `kubectl does not show whether the cluster of KUBECONFIG has the product: ${stderr.trim()}`,
    };
  const found = madeByUs(stdout);
  return found.length === 0
    ? { kind: "usable" }
    : {
        kind: "occupied",
        why: `the cluster of KUBECONFIG has ${found.join(", ")}, which a run would overwrite and remove: remove it first (docs/e2e.md), or take another cluster`,
      };
}

/** What a run can leave on a cluster that stays: objects, and nodes that it has cordoned. */
export interface Traces {
  readonly objects: readonly string[];
  readonly cordoned: readonly string[];
}

export async function findTraces(): Promise<Traces> {
  const nodes = await namesOf(
    "nodes",
    "--field-selector=spec.unschedulable=true",
  );
  return {
    objects: madeByUs((await namesOfTraces()).stdout),
    cordoned: nodes.stdout.split("\n").filter((name) => name !== ""),
  };
}

/** Prints the commands that remove them, for people who do not want to wait, and runs them. Stops when it is aborted. */
export async function removeTraces(
  { objects, cordoned }: Traces,
  aborted?: AbortSignal,
): Promise<void> {
  const namespaces = objects
    .filter((name) => name.startsWith("namespace/e2e-"))
    .map((name) => name.slice("namespace/".length));
  // In this order none waits for another.
  const commands = [
    [
      "delete",
      "mutatingwebhookconfiguration",
      "10-stateful-deployments",
      "--ignore-not-found",
    ],
    ...(cordoned.length === 0 ? [] : [["uncordon", ...cordoned]]),
    ...(namespaces.length === 0
      ? []
      : [["delete", "namespace", ...namespaces, "--ignore-not-found"]]),
    ["delete", "-k", overlay, "--ignore-not-found"],
  ];
  say("Removing what the run has created; Ctrl-C leaves that to you:");
  for (const args of commands) say(`  kubectl ${args.join(" ")}`);
  for (const args of commands) {
    if (aborted?.aborted === true) return;
    const timeout = args[0] === "delete" ? ["--timeout=5m"] : [];
    const { exitCode } = await runProgram("kubectl", [...args, ...timeout], {
      showErrors: true,
    });
    if (exitCode !== 0) say(`failed: kubectl ${args.join(" ")}`);
  }
}

function namesOfTraces(): Promise<Ran> {
  return namesOf("namespaces,mutatingwebhookconfigurations");
}

function madeByUs(names: string): string[] {
  return names
    .split("\n")
    .filter((name) => ours.some((pattern) => pattern.test(name)));
}

function namesOf(...what: readonly string[]): Promise<Ran> {
  return runProgram("kubectl", [
    "get",
    ...what,
    "--output=name",
    "--request-timeout=10s",
  ]).catch((error: unknown) => ({
    stdout: "",
    stderr: String(error),
    exitCode: 1,
  }));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

import { type Ran, runProgram } from "../support/run-program.ts";
import { isMadeByUs } from "./traces.ts";

/** What the kourier overlay needs of a cluster. */
const needed = [
  "services.serving.knative.dev",
  "domainmappings.serving.knative.dev",
  "clusterdomainclaims.networking.internal.knative.dev",
];

/** What KUBECONFIG leads to; `why` says in a few words what is wrong with it. */
export type GivenCluster =
  | { readonly kind: "usable" }
  /** There is none, or none with what the product needs. */
  | { readonly kind: "none"; readonly why: string }
  /** There is one, but a run would overwrite and remove what it has. */
  | { readonly kind: "occupied"; readonly why: string };

/** Looks at the cluster of KUBECONFIG, and changes nothing there. */
export async function givenCluster(): Promise<GivenCluster> {
  if ((process.env["KUBECONFIG"] ?? "") === "")
    return { kind: "none", why: "KUBECONFIG is not set" };
  const crds = await namesOf("crd");
  if (crds.exitCode !== 0)
    return {
      kind: "none",
      why: `the cluster of KUBECONFIG does not answer: ${crds.stderr.trim()}`,
    };
  const missing = needed.filter((name) => !crds.stdout.includes(`/${name}\n`));
  if (missing.length > 0)
    return {
      kind: "none",
      why: `the cluster of KUBECONFIG has no ${missing.join(" and no ")}`,
    };
  const gateway = await namesOf(
    "deployment",
    "3scale-kourier-gateway",
    "--namespace=kourier-system",
  );
  if (gateway.exitCode !== 0)
    return {
      kind: "none",
      why: "the cluster of KUBECONFIG has Knative Serving, but no Kourier gateway",
    };
  return isOccupied();
}

async function isOccupied(): Promise<GivenCluster> {
  const { stdout, stderr, exitCode } = await namesOf(
    "namespaces,mutatingwebhookconfigurations",
  );
  if (exitCode !== 0)
    return {
      kind: "occupied",
      why: `whether the cluster of KUBECONFIG has the product already cannot be seen: ${stderr.trim()}`,
    };
  const found = stdout.split("\n").filter(isMadeByUs);
  return found.length === 0
    ? { kind: "usable" }
    : {
        kind: "occupied",
        why: `the cluster of KUBECONFIG has ${found.join(", ")}, which a run would overwrite and remove: remove it first (docs/e2e.md), or take another cluster`,
      };
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

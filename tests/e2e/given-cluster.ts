import { runProgram } from "../support/run-program.ts";

/** What the kourier overlay needs of a cluster. */
const needed = [
  "services.serving.knative.dev",
  "domainmappings.serving.knative.dev",
  "clusterdomainclaims.networking.internal.knative.dev",
];

/**
 * Whether KUBECONFIG is set and leads to a cluster with Knative Serving and Kourier; else why not, in a few words.
 */
export async function givenCluster(): Promise<true | string> {
  if ((process.env["KUBECONFIG"] ?? "") === "") return "KUBECONFIG is not set";
  const { stdout, stderr, exitCode } = await runProgram("kubectl", [
    "get",
    "crd",
    "--output=name",
    "--request-timeout=10s",
  ]).catch((error: unknown) => ({
    stdout: "",
    stderr: String(error),
    exitCode: 1,
  }));
  if (exitCode !== 0)
    return `the cluster of KUBECONFIG does not answer: ${stderr.trim()}`;
  const missing = needed.filter((name) => !stdout.includes(`/${name}\n`));
  if (missing.length > 0)
    return `the cluster of KUBECONFIG has no ${missing.join(" and no ")}`;
  const gateway = await runProgram("kubectl", [
    "get",
    "deployment",
    "3scale-kourier-gateway",
    "--namespace=kourier-system",
    "--output=name",
  ]);
  return gateway.exitCode === 0
    ? true
    : "the cluster of KUBECONFIG has Knative Serving, but no Kourier gateway";
}

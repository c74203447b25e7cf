import { readFile } from "node:fs/promises";
import path from "node:path";
import type { V1Deployment } from "@kubernetes/client-node";
import { parse } from "yaml";
import type { ControlPlane } from "../../../control-plane/control-plane.ts";
import { freePort } from "../../../control-plane/free-port.ts";
import { eventually } from "../../../support/eventually.ts";
import { startCommand } from "../../../support/script.ts";
import { startResident } from "../../ways/resident-program.ts";
import type { ResidentProgram } from "../../ways/resident-program.ts";
import { KYVERNO } from "../../ways/ways.ts";
import { apply, startPeerPrograms } from "../../ways/peer.ts";
import type { Peer, RunningPeer } from "../../ways/peer.ts";

const POLICIES = path.join(import.meta.dirname, "policies.yaml");
const NAMESPACE = "kyverno";
const DEPLOYMENT = /^kind: Deployment$/m;
/** It creates its certificates and webhooks first. */
const PATIENCE_MS = 120_000;

/** They would all take the same port. */
const NO_SECOND_METRICS = "--controllerRuntimeMetricsAddress=0";

/** The program of each Deployment of the installation, and its flags on this machine, where it is called by URL and not through a Service. */
const PROGRAMS: Readonly<
  Record<
    string,
    { readonly file: string; readonly flags: (port: number) => string[] }
  >
> = {
  "kyverno-admission-controller": {
    file: "kyverno",
    flags: (port) => [
      `--serverIP=127.0.0.1:${port}`,
      `--webhookServerPort=${port}`,
      NO_SECOND_METRICS,
    ],
  },
  "kyverno-background-controller": {
    file: "background-controller",
    flags: () => [NO_SECOND_METRICS],
  },
  "kyverno-cleanup-controller": {
    file: "cleanup-controller",
    flags: (port) => [
      `--serverIP=127.0.0.1:${port}`,
      `--cleanupServerPort=${port}`,
    ],
  },
  "kyverno-reports-controller": {
    file: "reports-controller",
    flags: () => [],
  },
};

export const kyverno: Peer = {
  name: "Kyverno",
  way: KYVERNO,
  build: path.join(import.meta.dirname, "build"),
  start: startKyverno,
};

/**
 * Applies what Kyverno's installation has, but for the Deployments: their programs run on this machine, with the arguments of the
 * Deployments and the accounts of their Pods, one for each. The first of them is the webhook. Waits until policies are in force and the
 * background controller creates claims. It does so only as the leader.
 */
async function startKyverno(
  controlPlane: ControlPlane,
  directory: string,
): Promise<RunningPeer> {
  const file = path.join(directory, "install.yaml");
  const manifests = (await readFile(file, "utf8")).split(/^---$/m);
  const objects = manifests
    .filter((text) => !DEPLOYMENT.test(text))
    .join("---\n");
  await apply(controlPlane, ["--filename", "-"], objects);
  const deployments = manifests
    .filter((text) => DEPLOYMENT.test(text))
    .map((text) => parse(text) as V1Deployment);

  return await startPeerPrograms(controlPlane, KYVERNO, async (started) => {
    for (const deployment of deployments)
      started(await startProgramOf(controlPlane, directory, deployment));
    // Kyverno checks a policy in a webhook of its own.
    await eventually(
      "Kyverno takes policies",
      () => apply(controlPlane, ["--filename", POLICIES]),
      PATIENCE_MS,
    );
  });
}

async function startProgramOf(
  controlPlane: ControlPlane,
  directory: string,
  { metadata, spec }: V1Deployment,
): Promise<ResidentProgram> {
  const name = metadata?.name ?? "";
  const program = PROGRAMS[name];
  const { containers = [], serviceAccountName = "" } =
    spec?.template.spec ?? {};
  const [container] = containers;
  if (program === undefined || container === undefined)
    throw new Error(`the installation of Kyverno has another program: ${name}`);
  const kubeconfig = controlPlane.kubeconfigFor(
    await controlPlane.tokenFor(NAMESPACE, serviceAccountName),
  );
  const [port, metricsPort] = [await freePort(), await freePort()];
  const args = [
    ...(container.args ?? []),
    ...program.flags(port),
    `--kubeconfig=${kubeconfig}`,
    `--metricsPort=${metricsPort}`,
  ];
  const env = {
    ...Object.fromEntries(
      (container.env ?? []).map((variable) => [
        variable.name,
        variable.value ?? "",
      ]),
    ),
    KYVERNO_NAMESPACE: NAMESPACE,
    KYVERNO_POD_NAME: `${name}-0`,
    HOME: controlPlane.directory,
    TUF_ROOT: path.join(controlPlane.directory, "sigstore"),
  };
  return await startResident(
    name,
    () => startCommand(path.join(directory, program.file), args, env),
    () => Promise.resolve(),
  );
}

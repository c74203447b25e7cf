import path from "node:path";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import type { ControlPlane } from "../../../control-plane/control-plane.ts";
import { freePort } from "../../../control-plane/free-port.ts";
import { eventually } from "../../../support/eventually.ts";
import { startCommand } from "../../../support/script.ts";
import { startResident } from "../../ways/resident-program.ts";
import type { ResidentProgram } from "../../ways/resident-program.ts";
import { CLONE_SET, workloadOf } from "../../ways/ways.ts";
import { apply, startPeerPrograms } from "../../ways/peer.ts";
import type { Peer, RunningPeer } from "../../ways/peer.ts";

const NAMESPACE = "kruise-system";
const SERVICE_ACCOUNT = "kruise-manager";
/** What would run its programs in a cluster. */
const RUNS_PODS = /^kind: (?:Deployment|DaemonSet)$/m;
/** It creates its certificates first, and completes its webhooks. */
const PATIENCE_MS = 120_000;

/** As in its Helm chart of the same version. The manifests of its module turn on all that is alpha. */
const OF_THE_CHART = ["--feature-gates=ImagePullJobGate=true", "--v=4"];

/** Those of the other controllers, so that they do not decide. The chart leaves it at 30 requests a second. */
const CLIENT_LIMITS = ["--rest-config-qps=500", "--rest-config-burst=1000"];

export const openKruise: Peer = {
  name: "OpenKruise",
  way: CLONE_SET,
  build: path.join(import.meta.dirname, "build"),
  start: startOpenKruise,
};

/**
 * Applies what OpenKruise's installation has, but for what runs its programs. Its manager runs on this machine, with the account of its
 * Pod, and writes its own URL into its webhooks. Waits until a CloneSet gets its Pods: its controllers start after its webhooks. Its
 * daemon does not run: it pulls images and restarts containers on real nodes.
 */
async function startOpenKruise(
  controlPlane: ControlPlane,
  directory: string,
): Promise<RunningPeer> {
  const manifests = await installation(controlPlane, directory);
  const objects = manifests
    .filter((text) => !RUNS_PODS.test(text))
    .join("---\n");
  await apply(controlPlane, ["--filename", "-"], objects);
  return await startPeerPrograms(controlPlane, CLONE_SET, async (started) => {
    started(await startManager(controlPlane, directory));
  });
}

/** The manifests of its installation, one for each object. */
async function installation(
  controlPlane: ControlPlane,
  directory: string,
): Promise<string[]> {
  const { exitCode, stderr, stdout } = await controlPlane.kubectl([
    "kustomize",
    path.join(directory, "config/default"),
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.split(/^---$/m);
}

async function startManager(
  controlPlane: ControlPlane,
  directory: string,
): Promise<ResidentProgram> {
  const kubeconfig = controlPlane.kubeconfigFor(
    await controlPlane.tokenFor(NAMESPACE, SERVICE_ACCOUNT),
  );
  const [port, healthPort] = [await freePort(), await freePort()];
  const args = [
    ...OF_THE_CHART,
    ...CLIENT_LIMITS,
    "--enable-leader-election=false",
    `--kubeconfig=${kubeconfig}`,
    `--health-probe-addr=127.0.0.1:${healthPort}`,
    `--protection-log-path=${controlPlane.directory}`,
    // Otherwise each would take a fixed port.
    "--metrics-addr=0",
    "--enable-pprof=false",
  ];
  const env = {
    POD_NAMESPACE: NAMESPACE,
    // With a host, it calls itself by URL and not through its Service.
    WEBHOOK_HOST: "127.0.0.1",
    WEBHOOK_PORT: String(port),
    WEBHOOK_CERT_DIR: path.join(controlPlane.directory, "openkruise"),
    // With a host, its certificates would not be in its Secret.
    WEBHOOK_CERT_WRITER: "secret",
  };
  const objects = KubernetesObjectApi.makeApiClient(controlPlane.kubeConfig);
  return await startResident(
    "kruise-manager",
    () => startCommand(path.join(directory, "kruise-manager"), args, env),
    ({ shown }) =>
      eventually(
        "OpenKruise takes CloneSets",
        () =>
          objects.create(workloadOf(CLONE_SET, "default"), undefined, "All"),
        PATIENCE_MS,
      ).catch((error: unknown) => {
        throw new Error(`kruise-manager: ${shown().slice(-2_000)}`, {
          cause: error,
        });
      }),
  );
}

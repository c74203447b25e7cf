import { CoreV1Api } from "@kubernetes/client-node";
import { findBinaries, programs } from "../../tests/control-plane/binaries.ts";
import type { Binaries } from "../../tests/control-plane/binaries.ts";
import { startControlPlane } from "../../tests/control-plane/control-plane.ts";
import type { ControlPlane } from "../../tests/control-plane/control-plane.ts";
import { aPod } from "../../tests/support/builders.ts";
import { FUNCTION } from "../../tests/support/built-programs.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../tests/support/webhook.ts";
import type { ChildProcesses } from "./child-processes.ts";
import { startFunction } from "./function-process.ts";
import type { FunctionProcess } from "./function-process.ts";
import { claimVolumes } from "../../tests/support/pods-and-claims.ts";
import type { Screen } from "./screen.ts";

/** The programs of the control plane; built first if need be, with progress on standard error. Throws if one is missing. */
export async function findPrograms(): Promise<Binaries> {
  const binaries = await findBinaries();
  if (binaries.missing.length > 0) {
    throw new Error(
      `${binaries.directory} has no ${binaries.missing.join(" and no ")}, but the demonstration needs all of ${programs.join(", ")}: ` +
        "unset KUBEBUILDER_ASSETS to have them built, or put them there",
    );
  }
  return binaries;
}

export function showControlPlane(screen: Screen): Promise<ControlPlane> {
  return screen.step("A Kubernetes control plane of its own", async () => {
    const binaries = await findPrograms();
    screen.command("npm run control-plane");
    const controlPlane = await startControlPlane({
      binaries,
      log: (line) => screen.output(line),
    });
    screen.output(`export KUBECONFIG=${controlPlane.kubeconfigPath}`);
    screen.say(
      `${controlPlane.running.join(", ")}; two nodes without containers; that line works in another terminal until this ends`,
    );
    return controlPlane;
  });
}

export function showFunction(
  screen: Screen,
  controlPlane: ControlPlane,
  children: ChildProcesses,
): Promise<FunctionProcess> {
  return screen.step("The admission function, as it was built", async () => {
    const started = await startFunction(controlPlane, children);
    screen.command(
      `PORT=0 TLS_CERT_DIR=${started.certificateDirectory} WEBHOOK_TOKEN=$(openssl rand -hex 16) node ${FUNCTION}`,
    );
    screen.say(`ready at ${new URL(started.url).origin}, under a secret path`);
    return started;
  });
}

export function showWebhook(
  screen: Screen,
  controlPlane: ControlPlane,
  admission: FunctionProcess,
): Promise<void> {
  return screen.step(
    "The webhook: the API server asks the function about annotated Pods, and about no others",
    async () => {
      screen.command(
        "kubectl create -f manifests/base/webhook.yaml   # with that address in place of the Service's",
      );
      const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
      await registerWebhook(
        controlPlane.kubeConfig,
        webhookConfiguration(admission),
        () => dryRunGetsClaim(core),
      );
      screen.say(
        "in force: a dry run of an annotated Pod comes back with a claim, and nothing was written",
      );
    },
  );
}

/** True when an annotated Pod would get a claim, found out without creating anything. */
async function dryRunGetsClaim(core: CoreV1Api): Promise<boolean> {
  const { spec, metadata } = aPod();
  const pod = await core.createNamespacedPod({
    namespace: "default",
    dryRun: "All",
    body: {
      metadata: {
        name: "probe",
        ...(metadata?.annotations && { annotations: metadata.annotations }),
      },
      ...(spec && { spec }),
    },
  });
  return claimVolumes(pod).length === 1;
}

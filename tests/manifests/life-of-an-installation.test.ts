import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { JANITOR } from "../support/built-programs.ts";
import { aBarePod, aDeployment } from "../support/admission-suite.ts";
import { eventually } from "../support/eventually.ts";
import { startFunction } from "../support/function-on.ts";
import type { RunningFunction } from "../support/function-on.ts";
import { commandsOf } from "../support/install-manual.ts";
import { startProgram } from "../support/program.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { installationByManual } from "./installation-by-manual.ts";
import type { InstallationByManual } from "./installation-by-manual.ts";
import {
  NAMESPACE,
  prepareForManifests,
  skipWithoutPrograms,
  pointWebhookAt,
  succeed,
} from "./installed-cluster.ts";

/** An address at which nobody listens. */
const NOWHERE = "https://127.0.0.1:1/mutate";

/** In the order of the titles: what comes first installs, what comes last removes the namespace under what is left. */
describe("an installation by docs/install.md", function () {
  this.timeout(120_000);
  let controlPlane: ControlPlane;
  let installation: InstallationByManual;
  let running: RunningFunction;

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    controlPlane = await startControlPlane();
    await prepareForManifests(controlPlane);
    await createNamespace(controlPlane.kubeConfig, "shop");
    installation = installationByManual(controlPlane, "shop");
  });

  after(async () => {
    await running?.stop();
    await controlPlane?.stop();
  });

  it("installs by its first command", async () => {
    await installation.apply();
  });

  it("has its webhook configuration, as it is installed, filled in by the certificates command", async () => {
    // Jobs are not really run here: the test does what its Pod would do.
    const command = startProgram(JANITOR, {
      args: await installation.argumentsOfCronJob(),
      env: {
        KUBECONFIG: controlPlane.kubeconfigFor(
          await controlPlane.tokenFor(NAMESPACE, "certificates"),
        ),
      },
    });
    expect(await command.exited, command.stderr()).to.equal(0);
    const written = await installation.clientConfig();
    expect(written?.service).to.include({
      namespace: "kourier-system",
      name: "stateful-deployments",
      port: 443,
    });
    const secretPath = written?.service?.path ?? "";
    expect(secretPath).to.match(/^\/mutate\/[0-9a-f]{64}$/);
    expect(written?.caBundle).to.be.a("string").and.not.empty;
    const token = secretPath.slice("/mutate/".length);
    expect(command.stdout() + command.stderr()).not.to.include(token);
  });

  it("keeps what the certificates command has filled in when it is installed again", async () => {
    const before = await installation.clientConfig();
    await installation.apply();
    expect(await installation.clientConfig()).to.deep.equal(before);
    expect(before?.caBundle).to.be.a("string").and.not.empty;
    expect(before?.service?.path).to.match(/^\/mutate\//);
  });

  it("verifies by one command, which leaves nothing behind", async () => {
    running = await startFunction(
      controlPlane,
      controlPlane.kubeconfigFor(
        await controlPlane.tokenFor(NAMESPACE, "function"),
      ),
    );
    // The Service leads nowhere without Knative.
    await pointWebhookAt(controlPlane, running.url, running.caPem);
    await eventually(
      "the webhook is in force",
      () => installation.verify(),
      10_000,
    );
    expect(await installation.verify()).to.match(/^verify-data-[a-z0-9]+\n$/);
    expect(await installation.claimNames()).to.deep.equal([]);
  });

  it("says by the same command that the function is not reached", async () => {
    await pointWebhookAt(controlPlane, NOWHERE, running.caPem);
    const failure = await eventually("the API server calls the address", () =>
      installation.verify().then(
        () => undefined,
        (error: unknown) => String(error),
      ),
    );
    expect(failure).to.include("failed calling webhook");
    expect(failure).to.include("connection refused");
  });

  it("W15: with the function down refuses annotated Pods in words, and creates all others", async () => {
    expect(await installation.tryPod("down", {})).to.equal("allowed");
    expect(
      await installation.tryPod("down-annotated", {
        "volume-claim-template/name": "cache",
        "volume-claim-template/storage": "1Gi",
      }),
    ).to.match(
      /failed calling webhook "volume-claims\.stateful-deployments\.dev".*connection refused/,
    );
    await pointWebhookAt(controlPlane, running.url, running.caPem);
    await eventually("the function is called again", () =>
      installation.verify(),
    );
  });

  it("leaves nothing after the commands under Uninstall", async () => {
    const apps = controlPlane.kubeConfig.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({
      namespace: "shop",
      body: aDeployment("mirror", 3),
    });
    await eventually("3 claims are there", async () =>
      (await installation.claimNames()).length === 3 ? true : undefined,
    );
    await eventually("each belongs to its Pod", async () => {
      const janitor = startProgram(JANITOR, {
        args: [],
        env: { KUBECONFIG: controlPlane.kubeconfigPath },
      });
      expect(await janitor.exited, janitor.stderr()).to.equal(0);
      return (await installation.countOwned()) === 3;
    });

    const [webhook = "", ...rest] = await commandsOf("Uninstall");
    await installation.run(webhook);
    await apps.deleteNamespacedDeployment({
      namespace: "shop",
      name: "mirror",
    });
    for (const block of rest) await installation.run(block);

    const left = await installation.objects();
    expect(left).to.include("Namespace /kube-system");
    expect(
      left.filter((one) =>
        /stateful-deployments|PersistentVolumeClaim/.test(one),
      ),
    ).to.deep.equal([]);
    expect(await installation.tryPod("after", {})).to.equal("allowed");
  });

  it("creates Pods on their emptyDir after that", async () => {
    const pod = await controlPlane.kubeConfig
      .makeApiClient(CoreV1Api)
      .createNamespacedPod({ namespace: "shop", body: aBarePod("on-empty") });
    expect(pod.spec?.volumes?.[0]).to.have.property("emptyDir");
  });

  it("leaves Pods without our annotations creatable at once when its namespace is deleted, and no stuck webhook", async () => {
    await installation.apply();
    await pointWebhookAt(controlPlane, NOWHERE, running.caPem);
    await eventually("the webhook is in force", async () =>
      (
        await installation.tryPod("probe", { "volume-claim-template/x": "" })
      ).includes("failed calling webhook"),
    );
    await succeed(controlPlane, ["delete", "namespace", NAMESPACE]);
    expect(await installation.tryPod("unannotated", {})).to.equal("allowed");
    const [webhook = "", , rest = ""] = await commandsOf("Uninstall");
    await installation.run(webhook);
    await installation.run(rest);
    expect(
      await succeed(controlPlane, [
        "get",
        "mutatingwebhookconfigurations,validatingadmissionpolicies,clusterroles",
        "--selector=app.kubernetes.io/name=stateful-deployments",
        "--output=name",
      ]),
    ).to.equal("");
  });
});

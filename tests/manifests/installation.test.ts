import path from "node:path";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import type { AdmissionregistrationV1WebhookClientConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { JANITOR } from "../support/built-programs.ts";
import { aBarePod, aDeployment } from "../support/admission-suite.ts";
import { cacheAnnotations } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { startFunction } from "../support/function-on.ts";
import type { RunningFunction } from "../support/function-on.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { startProgram } from "../support/program.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { clientConfig } from "./certificates-job.ts";
import { dryRun } from "./claims.ts";
import {
  NAMESPACE,
  pointWebhookAt,
  prepareForManifests,
  skipWithoutPrograms,
  succeed,
  words,
} from "./installed-cluster.ts";

/** No program listens at this address. */
const NOWHERE = "https://127.0.0.1:1/mutate";

/** Kinds of which an installation has objects, besides those of its own namespace. */
const KINDS = [
  "namespaces",
  "services",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "clusterroles",
  "clusterrolebindings",
  "persistentvolumeclaims",
  "clusterdomainclaims.networking.internal.knative.dev",
  "domainmappings.serving.knative.dev",
  "services.serving.knative.dev",
  "cronjobs",
  "jobs",
].join();

/** In the order of the titles: what comes first installs, what comes last deletes the namespace. */
describe("an installation by docs/install.md", function () {
  this.timeout(120_000);
  let controlPlane: ControlPlane;
  let running: RunningFunction;

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    controlPlane = await startControlPlane();
    await prepareForManifests(controlPlane);
    await createNamespace(controlPlane.kubeConfig, "shop");
  });

  after(async () => {
    await running?.stop();
    await controlPlane?.stop();
  });

  /** Runs a block of commands from docs/install.md as an administrator. */
  const run = (block = ""): Promise<string> => {
    const { binaries, directory, kubeconfigPath } = controlPlane;
    return runBlock(block, {
      env: {
        PATH: `${path.dirname(binaries.path("kubectl"))}:/usr/bin:/bin`,
        HOME: directory,
        KUBECONFIG: kubeconfigPath,
      },
    });
  };
  // The other commands under Install wait for Knative's controllers.
  const install = async (): Promise<string> =>
    await run((await commandsOf("Install"))[0]);
  const verify = async (): Promise<string> =>
    await run((await commandsOf("Verify"))[0]);

  /** What the API server says about a Pod. Creates nothing. */
  const tryPod = (annotations: Record<string, string>): Promise<string> =>
    dryRun(connectApiServer(controlPlane.kubeConfig, "test"), {
      method: "POST",
      path: "/api/v1/namespaces/shop/pods",
      body: aBarePod("tried", { annotations }),
    });

  /** A line for each object of all namespaces. */
  async function list(kinds: string, fields: string): Promise<string[]> {
    const text = await succeed(controlPlane, [
      ...words(`get ${kinds} --all-namespaces`),
      `--output=jsonpath={range .items[*]}${fields}{'\\n'}{end}`,
    ]);
    return text.split("\n").filter((line) => line !== "");
  }
  const claims = (field = ".metadata.name"): Promise<string[]> =>
    list("persistentvolumeclaims", `{${field}}`);

  const kubeconfigOf = async (account: string): Promise<string> =>
    controlPlane.kubeconfigFor(await controlPlane.tokenFor(NAMESPACE, account));

  it("installs by its first command", async () => {
    await install();
  });

  it("the certificates command completes the webhook configuration", async () => {
    // No Jobs run here: the test does what the Pod of the CronJob would do.
    const args = await succeed(controlPlane, [
      ...words(`get cronjob/certificates --namespace=${NAMESPACE}`),
      "--output=jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].args}",
    ]);
    const command = startProgram(JANITOR, {
      args: JSON.parse(args) as string[],
      env: { KUBECONFIG: await kubeconfigOf("certificates") },
    });
    expect(await command.exited, command.stderr()).to.equal(0);
    const { caBundle, service } = JSON.parse(
      await clientConfig(controlPlane),
    ) as AdmissionregistrationV1WebhookClientConfig;
    expect(service).to.include({
      namespace: "kourier-system",
      name: "stateful-deployments",
      port: 443,
    });
    expect(caBundle).to.be.a("string").and.not.empty;
    const [, token = ""] =
      /^\/mutate\/([0-9a-f]{64})$/.exec(service?.path ?? "") ?? [];
    expect(token).not.to.equal("");
    expect(command.stdout() + command.stderr()).not.to.include(token);
  });

  it("verifies by one command, which leaves nothing behind", async () => {
    running = await startFunction(controlPlane, await kubeconfigOf("function"));
    // The Service leads nowhere without Knative.
    await pointWebhookAt(controlPlane, running.url, running.caPem);
    expect(await eventually("the webhook is in use", verify, 10_000)).to.match(
      /^verify-data-[a-z0-9]+\n$/,
    );
    expect(await claims()).to.deep.equal([]);
  });

  it("the same command reports that the API server cannot call the function", async () => {
    await pointWebhookAt(controlPlane, NOWHERE, running.caPem);
    const failure = await eventually("the API server calls the address", () =>
      verify().then(
        () => undefined,
        (error: unknown) => String(error),
      ),
    );
    expect(failure).to.include("failed calling webhook");
    expect(failure).to.include("connection refused");
  });

  it("W15: with the function down, annotated Pods are rejected with a message, and all others are created", async () => {
    expect(await tryPod({})).to.equal("allowed");
    expect(await tryPod(cacheAnnotations)).to.match(
      /failed calling webhook "volume-claims\.stateful-deployments\.dev".*connection refused/,
    );
    await pointWebhookAt(controlPlane, running.url, running.caPem);
    await eventually("the function is called again", verify);
  });

  it("leaves nothing after the commands under Uninstall, and Pods start on their emptyDir", async () => {
    const apps = controlPlane.kubeConfig.makeApiClient(AppsV1Api);
    const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    const namespace = "shop";
    await apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("mirror", 3),
    });
    await eventually(
      "3 claims are there",
      async () => (await claims()).length === 3,
    );
    await eventually("each belongs to its Pod", async () => {
      const janitor = startProgram(JANITOR, {
        args: [],
        env: { KUBECONFIG: controlPlane.kubeconfigPath },
      });
      expect(await janitor.exited, janitor.stderr()).to.equal(0);
      const owners = await claims(".metadata.ownerReferences[0].kind");
      return owners.join() === "Pod,Pod,Pod";
    });

    const [webhook, ...rest] = await commandsOf("Uninstall");
    await run(webhook);
    await apps.deleteNamespacedDeployment({ namespace, name: "mirror" });
    for (const block of rest) await run(block);

    const left = await list(
      KINDS,
      "{.kind} {.metadata.namespace}/{.metadata.name}",
    );
    expect(left).to.include("Namespace /kube-system");
    expect(
      left.filter((one) =>
        /stateful-deployments|PersistentVolumeClaim/.test(one),
      ),
    ).to.deep.equal([]);
    const pod = await core.createNamespacedPod({
      namespace,
      body: aBarePod("on-empty"),
    });
    expect(pod.spec?.volumes?.[0]).to.have.property("emptyDir");
  });

  it("lets Pods without our annotations be created when its namespace was deleted first, and then uninstalls", async () => {
    await install();
    await pointWebhookAt(controlPlane, NOWHERE, running.caPem);
    await eventually("the webhook is in use", async () =>
      (await tryPod(cacheAnnotations)).includes("failed calling webhook"),
    );
    await succeed(controlPlane, ["delete", "namespace", NAMESPACE]);
    expect(await tryPod({})).to.equal("allowed");
    const [webhook, , rest] = await commandsOf("Uninstall");
    await run(webhook);
    await run(rest);
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

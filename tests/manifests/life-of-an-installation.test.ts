import path from "node:path";
import {
  AdmissionregistrationV1Api,
  AppsV1Api,
  CoreV1Api,
} from "@kubernetes/client-node";
import type { AdmissionregistrationV1WebhookClientConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { JANITOR } from "../support/built-programs.ts";
import { aBarePod, aDeployment } from "../support/admission-suite.ts";
import { eventually } from "../support/eventually.ts";
import { startFunction } from "../support/function-on.ts";
import type { RunningFunction } from "../support/function-on.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { startProgram } from "../support/program.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { outcomeOf } from "./attempt.ts";
import {
  NAMESPACE,
  prepareForManifests,
  skipWithoutPrograms,
  pointWebhookAt,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";

/** Kinds of which an installation has objects, besides those of its own namespace. */
const KINDS = [
  "namespaces",
  "services",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "clusterroles",
  "clusterrolebindings",
  "clusterdomainclaims.networking.internal.knative.dev",
  "domainmappings.serving.knative.dev",
  "services.serving.knative.dev",
  "persistentvolumeclaims",
  "cronjobs",
  "jobs",
];

/** In the order of the titles: what comes first installs, what comes last removes the namespace under what is left. */
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

  it("installs by its first command", async () => {
    await apply();
  });

  it("has its webhook configuration, as it is installed, filled in by the certificates command", async () => {
    // Jobs are not really run here: the test does what its Pod would do.
    const args = JSON.parse(
      await succeed(controlPlane, [
        "get",
        "job/certificates",
        `--namespace=${NAMESPACE}`,
        "--output=jsonpath={.spec.template.spec.containers[0].args}",
      ]),
    ) as string[];
    const command = startProgram(JANITOR, {
      args,
      env: {
        KUBECONFIG: controlPlane.kubeconfigFor(
          await controlPlane.tokenFor(NAMESPACE, "certificates"),
        ),
      },
    });
    expect(await command.exited, command.stderr()).to.equal(0);
    const written = await clientConfig();
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
    const before = await clientConfig();
    await apply();
    expect(await clientConfig()).to.deep.equal(before);
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
    await eventually("the webhook is in force", verify, 10_000);
    expect(await verify()).to.match(/^verify-data-[a-z0-9]+\n$/);
    expect(await claimNames()).to.deep.equal([]);
  });

  it("says by the same command that the function is not reached", async () => {
    await pointWebhookAt(
      controlPlane,
      "https://127.0.0.1:1/mutate",
      running.caPem,
    );
    const failure = await eventually("the API server calls the address", () =>
      verify().then(
        () => undefined,
        (error: unknown) => String(error),
      ),
    );
    expect(failure).to.include("failed calling webhook");
    expect(failure).to.include("connection refused");
  });

  it("W15: with the function down refuses annotated Pods in words, and creates all others", async () => {
    expect(await create("down", {})).to.equal("allowed");
    expect(
      await create("down-annotated", {
        "volume-claim-template/name": "cache",
        "volume-claim-template/storage": "1Gi",
      }),
    ).to.match(
      /failed calling webhook "volume-claims\.stateful-deployments\.dev".*connection refused/,
    );
    await pointWebhookAt(controlPlane, running.url, running.caPem);
    await eventually("the function is called again", verify);
  });

  it("leaves nothing after the commands under Uninstall", async () => {
    const apps = controlPlane.kubeConfig.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({
      namespace: "shop",
      body: aDeployment("mirror", 3),
    });
    await eventually("3 claims are there", async () =>
      (await claimNames()).length === 3 ? true : undefined,
    );
    await eventually("each belongs to its Pod", async () => {
      const janitor = startProgram(JANITOR, {
        args: [],
        env: { KUBECONFIG: controlPlane.kubeconfigPath },
      });
      expect(await janitor.exited, janitor.stderr()).to.equal(0);
      return (await owned()).length === 3;
    });

    const [webhook = "", ...rest] = await commandsOf("Uninstall");
    await run(webhook);
    await apps.deleteNamespacedDeployment({
      namespace: "shop",
      name: "mirror",
    });
    for (const block of rest) await run(block);

    const left = await succeed(controlPlane, [
      "get",
      KINDS.join(","),
      "--all-namespaces",
      "--output=jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{'\\n'}{end}",
    ]);
    expect(left).to.include("Namespace /kube-system");
    expect(
      left
        .split("\n")
        .filter((one) =>
          /stateful-deployments|PersistentVolumeClaim/.test(one),
        ),
    ).to.deep.equal([]);
    expect(await create("after", {})).to.equal("allowed");
  });

  it("creates Pods on their emptyDir after that", async () => {
    const pod = await controlPlane.kubeConfig
      .makeApiClient(CoreV1Api)
      .createNamespacedPod({ namespace: "shop", body: aBarePod("on-empty") });
    expect(pod.spec?.volumes?.[0]).to.have.property("emptyDir");
  });

  it("leaves Pods without our annotations creatable at once when its namespace is deleted, and no stuck webhook", async () => {
    await apply();
    await pointWebhookAt(
      controlPlane,
      "https://127.0.0.1:1/mutate",
      running.caPem,
    );
    await eventually("the webhook is in force", async () =>
      (await create("probe", { "volume-claim-template/x": "" })).includes(
        "failed calling webhook",
      ),
    );
    await succeed(controlPlane, ["delete", "namespace", NAMESPACE]);
    expect(await create("unannotated", {})).to.equal("allowed");
    const [webhook = "", , rest = ""] = await commandsOf("Uninstall");
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

  /** The first command under Install; what it waits for afterwards needs Knative's controllers. */
  async function apply(): Promise<void> {
    const [command = ""] = await commandsOf("Install");
    await run(command);
  }

  async function verify(): Promise<string> {
    const [command = ""] = await commandsOf("Verify");
    return await run(command);
  }

  function run(block: string): Promise<string> {
    const { binaries, directory, kubeconfigPath } = controlPlane;
    return runBlock(block, {
      env: {
        PATH: `${path.dirname(binaries.path("kubectl"))}:/usr/bin:/bin`,
        HOME: directory,
        KUBECONFIG: kubeconfigPath,
      },
    });
  }

  async function clientConfig(): Promise<
    AdmissionregistrationV1WebhookClientConfig | undefined
  > {
    const { webhooks = [] } = await controlPlane.kubeConfig
      .makeApiClient(AdmissionregistrationV1Api)
      .readMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION });
    return webhooks[0]?.clientConfig;
  }

  function create(
    name: string,
    annotations: Record<string, string>,
  ): Promise<string> {
    const admin = connectApiServer(controlPlane.kubeConfig, "test");
    return outcomeOf(
      admin({
        method: "POST",
        path: "/api/v1/namespaces/shop/pods",
        query: { dryRun: "All" },
        body: aBarePod(name, { annotations }),
        timeoutMs: 10_000,
      }),
    );
  }

  async function claimNames(): Promise<string[]> {
    const output = await succeed(controlPlane, [
      "get",
      "persistentvolumeclaims",
      "--all-namespaces",
      "--output=name",
    ]);
    return output.split("\n").filter((line) => line !== "");
  }

  async function owned(): Promise<string[]> {
    const output = await succeed(controlPlane, [
      "get",
      "persistentvolumeclaims",
      "--all-namespaces",
      "--output=jsonpath={range .items[*]}{.metadata.ownerReferences[0].kind}{'\\n'}{end}",
    ]);
    return output.split("\n").filter((line) => line === "Pod");
  }
});

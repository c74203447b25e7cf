import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { FUNCTION } from "../../support/built-programs.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { eventually } from "../../support/eventually.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import {
  certificateDirectory,
  webhookToken,
} from "../../support/function-on.ts";
import { sweepNamespace } from "../../support/janitor-sweep.ts";
import {
  claimVolumes,
  readPodsAndClaims,
} from "../../support/pods-and-claims.ts";
import { portOf, startProgram } from "../../support/program.ts";
import type { Program } from "../../support/program.ts";
import {
  sharedControlPlaneWithNodes,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { freePort } from "../../control-plane/free-port.ts";
import { isCreate } from "../admission/behind-proxy.ts";
import { aDeploymentWith, aPodWith } from "../../support/pods-with-volumes.ts";

const VOLUMES = ["data", "wal", "log"].map((name) => ({
  name,
  storageClassName: "standard",
}));

describe("a function that is killed between the claims of one Pod", function () {
  this.timeout(60_000);
  const cleanUps: (() => unknown)[] = [];
  let controlPlane: ControlPlane;
  let core: CoreV1Api;
  let proxy: ApiProxy;
  let start: () => Promise<Program>;
  let running: Program;

  before(async function () {
    controlPlane = await sharedControlPlaneWithNodes(this);
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    proxy = await startApiProxy(controlPlane);
    cleanUps.push(() => proxy.stop());
    const port = await freePort();
    const env = {
      PORT: String(port),
      KUBECONFIG: proxy.kubeconfigFor(controlPlane.adminToken),
      TLS_CERT_DIR: await certificateDirectory(controlPlane),
      WEBHOOK_TOKEN: webhookToken,
    };
    start = async () => {
      const program = startProgram(FUNCTION, { env });
      cleanUps.push(() => program.process.kill("SIGKILL"));
      await portOf(program);
      return program;
    };
    running = await start();
    const probe = await uniqueNamespace("probe");
    cleanUps.push(
      await registerWebhook(
        controlPlane.kubeConfig,
        webhookConfiguration({
          url: `https://127.0.0.1:${port}/mutate/${webhookToken}`,
          caPem: controlPlane.caPem,
        }),
        async () => {
          const pod = await core.createNamespacedPod({
            namespace: probe,
            body: aPodWith(VOLUMES),
            dryRun: "All",
          });
          return claimVolumes(pod).length === VOLUMES.length;
        },
      ),
    );
  });
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  it("W1: leaves what it made to the janitor; the Pod that comes later keeps all of its own", async () => {
    const namespace = await uniqueNamespace("killed");
    const ofNamespace = (request: ProxiedRequest): boolean =>
      isCreate(request) && request.path.includes(`/${namespace}/`);
    // The first create passes, the others never reach the API server.
    proxy.intercept(ofNamespace, {}, 1);
    proxy.intercept(ofNamespace, { hang: true });
    await controlPlane.kubeConfig
      .makeApiClient(AppsV1Api)
      .createNamespacedDeployment({
        namespace,
        body: aDeploymentWith("web", 1, VOLUMES),
      });
    await eventually("one claim is made and two are under way", () => {
      const creates = proxy.requests.filter(ofNamespace);
      return (
        creates.length === VOLUMES.length &&
        creates.filter(({ status }) => status === 201).length === 1
      );
    });

    running.process.kill("SIGKILL");
    expect(await running.exited).to.equal(null);
    const { pods: none, claims: orphans } = await readPodsAndClaims(
      core,
      namespace,
    );
    expect(none).to.deep.equal([]);
    expect(orphans).to.have.lengthOf(1);

    proxy.reset();
    running = await start();
    const pod = await eventually("the next try gives the Pod", async () => {
      const [found] = (await readPodsAndClaims(core, namespace)).pods;
      return found?.status?.phase === "Running" && found;
    });
    const own = claimVolumes(pod).map(({ claim }) => claim);
    expect(own).to.have.lengthOf(VOLUMES.length);
    expect(own).not.to.include(orphans[0]?.metadata?.name);

    await sweepNamespace(controlPlane, namespace);
    await eventually("only the claims of the Pod are left", async () => {
      const { claims } = await readPodsAndClaims(core, namespace);
      expect(claims.map(({ metadata }) => metadata?.name)).to.have.members(own);
      return true;
    });
  });
});

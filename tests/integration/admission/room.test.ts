import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { aBarePod, claimOf, isClaimed } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { startFunction } from "../../support/function-on.ts";
import type { RunningFunction } from "../../support/function-on.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";
import { isCreate } from "./behind-proxy.ts";

describe("a Pod for which the function has no room", function () {
  this.timeout(90_000);
  const cleanUps: (() => Promise<unknown>)[] = [];
  let core: CoreV1Api;
  let proxy: ApiProxy;
  let running: RunningFunction;

  /** The function admits one Pod at a time. */
  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    proxy = await startApiProxy(controlPlane);
    cleanUps.push(() => proxy.stop());
    const kubeconfig = proxy.kubeconfigFor(controlPlane.adminToken);
    const limits = { requests: 1, memory: 1e9 };
    running = await startFunction(controlPlane, kubeconfig, limits);
    cleanUps.push(() => running.stop());
    const probe = await uniqueNamespace("probe");
    cleanUps.push(
      await registerWebhook(
        controlPlane.kubeConfig,
        webhookConfiguration(running),
        () => isClaimed({ core }, probe),
      ),
    );
  });
  afterEach(() => proxy.reset());
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  it("W2: the API server sends the call again until there is room, and the Pod gets one claim", async () => {
    const namespace = await uniqueNamespace("room");
    const create = (name: string) =>
      core.createNamespacedPod({ namespace, body: aBarePod(name) });
    // The first Pod's create is under way for one second and a half.
    const creates = proxy.intercept(isCreate, { delayMs: 1_500 }, 1);
    const first = create("first");
    await eventually("the first is under way", () => creates.hits === 1);
    const second = await create("second");
    expect(running.log.map(({ msg }) => msg)).to.include(
      "call rejected for now",
    );
    const claims = [claimOf(await first), claimOf(second)];
    const { items } = await core.listNamespacedPersistentVolumeClaim({
      namespace,
    });
    expect(items.map(({ metadata }) => metadata?.name)).to.have.members(claims);
  });

  it("W13: is rejected with our message when there is no room until the time-out", async () => {
    const namespace = await uniqueNamespace("no-room");
    const create = (name: string) =>
      core
        .createNamespacedPod({ namespace, body: aBarePod(name) })
        .catch((error: unknown) => error);
    const creates = proxy.intercept(isCreate, { hang: true });
    const hanging = create("first");
    await eventually("the first is under way", () => creates.hits > 0);
    const rejected = (await create("second")) as { body?: string };
    expect(String(rejected.body)).to.include(
      "stateful-deployments already works on the maximum number of Pods; create the Pod again",
    );
    proxy.reset();
    await hanging;
  });
});

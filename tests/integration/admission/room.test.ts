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
  let core: CoreV1Api;
  let proxy: ApiProxy;
  let running: RunningFunction | undefined;
  let unregister: (() => Promise<void>) | undefined;

  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    proxy = await startApiProxy(controlPlane);
  });
  afterEach(async () => {
    proxy.reset();
    await unregister?.();
    await running?.stop();
    running = unregister = undefined;
  });
  after(() => proxy?.stop());

  /** Registers a function that admits one Pod at a time; returns a new namespace. */
  async function install(): Promise<string> {
    const controlPlane = await sharedControlPlane();
    running = await startFunction(
      controlPlane,
      proxy.kubeconfigFor(controlPlane.adminToken),
      { requests: 1, memory: 1e9 },
    );
    const namespace = await uniqueNamespace("room");
    unregister = await registerWebhook(
      controlPlane.kubeConfig,
      webhookConfiguration(running),
      () => isClaimed({ core }, namespace),
    );
    return namespace;
  }

  function rejectedForNow(): number {
    return (running?.log ?? []).filter(
      ({ msg }) => msg === "call rejected for now",
    ).length;
  }

  it("W2: the API server sends the call again until there is room, and the Pod gets one claim", async () => {
    const namespace = await install();
    // The first Pod's create is under way for one second and a half.
    const creates = proxy.intercept(isCreate, { delayMs: 1_500 }, 1);
    const first = core.createNamespacedPod({
      namespace,
      body: aBarePod("first"),
    });
    await eventually("the first is under way", () => creates.hits === 1);
    const second = await core.createNamespacedPod({
      namespace,
      body: aBarePod("second"),
    });
    expect(rejectedForNow()).to.be.at.least(1);
    const claims = [claimOf(await first), claimOf(second)];
    const { items } = await core.listNamespacedPersistentVolumeClaim({
      namespace,
    });
    expect(items.map(({ metadata }) => metadata?.name)).to.have.members(claims);
  });

  it("W13: is rejected with our message when there is no room until the time-out", async () => {
    const namespace = await install();
    proxy.intercept(isCreate, { hang: true });
    const hanging = core
      .createNamespacedPod({ namespace, body: aBarePod("first") })
      .catch(() => undefined);
    await eventually("the first is under way", () =>
      proxy.requests.some(isCreate),
    );
    const refused = await core
      .createNamespacedPod({ namespace, body: aBarePod("second") })
      .catch((error: unknown) => error);
    expect(String((refused as { body?: string }).body)).to.include(
      "stateful-deployments already works on the maximum number of Pods; create the Pod again",
    );
    proxy.reset();
    await hanging;
  });
});

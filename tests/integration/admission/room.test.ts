import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import type { Limits } from "../../../functions/admission/max-in-flight.ts";
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

  /** Registers a function with these limits; returns a namespace of its own. */
  async function install(limits: Limits): Promise<string> {
    const controlPlane = await sharedControlPlane();
    running = await startFunction(
      controlPlane,
      proxy.kubeconfigFor(controlPlane.adminToken),
      limits,
    );
    const namespace = await uniqueNamespace("room");
    unregister = await registerWebhook(
      controlPlane.kubeConfig,
      webhookConfiguration(running),
      () => isClaimed({ core }, namespace),
    );
    return namespace;
  }

  function turnedAway(): number {
    return (running?.log ?? []).filter(
      ({ msg }) => msg === "turned away for now",
    ).length;
  }

  it("W2: is sent again by the API server until there is room, and admitted with one claim", async () => {
    const namespace = await install({ requests: 1, memory: 1e9 });
    // The first Pod's create is under way for two seconds and a half.
    const creates = proxy.intercept(isCreate, { delayMs: 2_500 }, 1);
    const first = core.createNamespacedPod({
      namespace,
      body: aBarePod("first"),
    });
    await eventually("the first is under way", () => creates.hits === 1);
    const second = await core.createNamespacedPod({
      namespace,
      body: aBarePod("second"),
    });
    expect(turnedAway()).to.be.at.least(1);
    const claims = [claimOf(await first), claimOf(second)];
    const { items } = await core.listNamespacedPersistentVolumeClaim({
      namespace,
    });
    expect(items.map(({ metadata }) => metadata?.name)).to.have.members(claims);
  });

  it("W2: is sent again for lack of memory, too", async () => {
    // Room for the probe and for one of these Pods, whose body alone takes some 50,000 bytes of it, but not for two.
    const namespace = await install({ requests: 9, memory: 100_000 });
    const creates = proxy.intercept(isCreate, { delayMs: 2_500 }, 1);
    const annotation = { "example.com/long": "x".repeat(12_000) };
    const pod = (name: string): ReturnType<typeof aBarePod> => {
      const made = aBarePod(name);
      Object.assign(made.metadata?.annotations ?? {}, annotation);
      return made;
    };
    const first = core.createNamespacedPod({ namespace, body: pod("first") });
    await eventually("the first is under way", () => creates.hits === 1);
    const second = await core.createNamespacedPod({
      namespace,
      body: pod("second"),
    });
    expect(turnedAway()).to.be.at.least(1);
    expect(claimOf(second)).to.be.a("string");
    await first;
  });

  it("W13: is refused with our words when there is none all the time", async () => {
    const namespace = await install({ requests: 1, memory: 1e9 });
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
      "stateful-deployments works on as many other Pods as it can; create the Pod again",
    );
    proxy.reset();
    await hanging;
  });
});

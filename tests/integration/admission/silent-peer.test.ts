import { expect } from "chai";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { loadKubeConfig } from "../../../functions/kubernetes/kube-config.ts";
import { readinessOf } from "../../../functions/http/readiness.ts";
import { startFunction } from "../../support/function-on.ts";
import { startSilentProxy } from "../../support/silent-proxy.ts";
import type { SilentProxy } from "../../support/silent-proxy.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { answerOf } from "./behind-proxy.ts";
import { aPod, aRequest, aReview } from "../../support/builders.ts";

function serverAt({ port }: SilentProxy): { server: string } {
  return { server: `https://127.0.0.1:${port}` };
}

/** No connection is closed: requests on the earlier connections get no answer. */
describe("when the peer of all kept connections stops answering", function () {
  this.timeout(120_000);
  let controlPlane: ControlPlane;
  const stops: (() => Promise<unknown>)[] = [];

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
  });
  after(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function silentProxyBefore(url: string): Promise<SilentProxy> {
    const silent = await startSilentProxy(Number(new URL(url).port));
    stops.push(() => silent.stop());
    return silent;
  }

  it("W12: the function answers one admission, and twelve at once, in time", async () => {
    const namespace = await uniqueNamespace("silent");
    const silent = await silentProxyBefore(controlPlane.server);
    const running = await startFunction(
      controlPlane,
      controlPlane.kubeconfigFor(controlPlane.adminToken, serverAt(silent)),
    );
    stops.push(() => running.stop());
    const review = (uid: string) =>
      answerOf(running, "10s", aReview(aRequest(aPod(), { uid, namespace })));
    await Promise.all(
      Array.from({ length: 64 }, (_, number) => review(`before-${number}`)),
    );
    expect(silent.open(), "more than tries").to.be.at.least(6);

    for (const count of [1, 12]) {
      silent.fallSilent();
      const startedAt = performance.now();
      const answers = await Promise.all(
        Array.from({ length: count }, (_, number) =>
          review(`silent-${count}-${number}`),
        ),
      );
      expect(performance.now() - startedAt).to.be.below(10_000);
      for (const { allowed, status } of answers)
        expect(allowed, status?.message).to.equal(true);
    }
  });

  it("the function is ready again after one failed probe", async () => {
    const silent = await silentProxyBefore(controlPlane.server);
    const { config } = await loadKubeConfig({
      KUBECONFIG: controlPlane.kubeconfigFor(
        controlPlane.adminToken,
        serverAt(silent),
      ),
    });
    const api = connectApiServer(config, "test");
    await Promise.all(
      Array.from({ length: 12 }, () =>
        api({ method: "GET", path: "/version", timeoutMs: 10_000 }),
      ),
    );
    silent.fallSilent();
    const ready = readinessOf(api);
    expect(await ready()).to.include("no answer in time");
    expect(await ready()).to.equal(undefined);
  });
});

import { readFileSync } from "node:fs";
import { expect } from "chai";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { loadKubeConfig } from "../../../functions/kubernetes/kube-config.ts";
import { readinessOf } from "../../../functions/http/readiness.ts";
import { JANITOR } from "../../support/built-programs.ts";
import { eventually } from "../../support/eventually.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { startFunction } from "../../support/function-on.ts";
import { installWebhook } from "../../support/installed-webhook.ts";
import type { InstalledWebhook } from "../../support/installed-webhook.ts";
import { startProgram } from "../../support/program.ts";
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
import { createClaim } from "../janitor/world.ts";

/** Longer than one lost try of a delete (35 s), shorter than two. */
const JANITOR_MS = 60_000;

/** Longer than one lost try of the command (15 s), shorter than two. */
const CERTIFICATES_MS = 28_000;

function serverAt({ port }: SilentProxy): { server: string } {
  return { server: `https://127.0.0.1:${port}` };
}

/** Nothing is refused and nothing is reset: what was sent on the connections of before gets no answer. */
describe("where the peer of all kept connections fell silent", function () {
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

  /** What is behind the silent proxy sees the requests, which the silent one cannot. */
  async function seenProxy(): Promise<{ seen: ApiProxy; silent: SilentProxy }> {
    const seen = await startApiProxy(controlPlane);
    stops.push(() => seen.stop());
    return { seen, silent: await silentProxyBefore(seen.url) };
  }

  it("W12: the function answers one admission, and twelve at once, in their time", async () => {
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

  it("the function's readiness probe loses one answer", async () => {
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

  it("the janitor loses one try, and deletes what it would have deleted", async () => {
    const { seen, silent } = await seenProxy();
    const namespaces = await Promise.all(
      Array.from({ length: 8 }, () => uniqueNamespace("silent")),
    );
    for (const namespace of namespaces)
      await createClaim(controlPlane, namespace);
    const lists = (): number =>
      seen.requests.filter(
        ({ path, status }) => path.endsWith("/pods") && status === 200,
      ).length;
    // The first looks are over, all connections but this one are idle.
    const deletes = seen.intercept(
      ({ method }) => method === "DELETE",
      {
        before: async () => {
          await eventually("the lists are taken", () => lists() > 8);
          silent.fallSilent();
        },
      },
      1,
    );
    const startedAt = performance.now();
    const janitor = startProgram(JANITOR, {
      args: [
        `--namespace=${namespaces.join(",")}`,
        "--grace-period=0s",
        "--unsafe-grace-period",
        "--max-deletions=1",
        "--output=json",
      ],
      env: {
        KUBECONFIG: controlPlane.kubeconfigFor(
          controlPlane.adminToken,
          serverAt(silent),
        ),
      },
    });
    const exitCode = await janitor.exited;
    expect(exitCode, janitor.stderr()).to.equal(0);
    expect(performance.now() - startedAt).to.be.below(JANITOR_MS);
    expect(deletes.hits).to.equal(1);
    expect(JSON.parse(janitor.stdout())).to.nested.include({
      "summary.deleted": 1,
      "summary.server": serverAt(silent).server,
    });
  });

  it("the certificates command loses one try, and writes what is due", async () => {
    const { seen, silent } = await seenProxy();
    const installed: InstalledWebhook = await installWebhook(controlPlane);
    stops.push(() => installed.remove());
    const written = seen.intercept(
      ({ method }) => method === "POST",
      { after: () => silent.fallSilent() },
      1,
    );
    const { users } = JSON.parse(
      readFileSync(installed.kubeconfig, "utf8"),
    ) as {
      users: [{ user: { token: string } }];
    };
    const startedAt = performance.now();
    const program = startProgram(JANITOR, {
      args: ["certificates", ...installed.flags],
      env: {
        KUBECONFIG: controlPlane.kubeconfigFor(
          users[0].user.token,
          serverAt(silent),
        ),
      },
    });
    expect(await program.exited, program.stderr()).to.equal(0);
    expect(performance.now() - startedAt).to.be.below(CERTIFICATES_MS);
    expect(written.hits).to.equal(1);
    expect(program.stdout()).to.include(`; on ${serverAt(silent).server}`);
  });
});

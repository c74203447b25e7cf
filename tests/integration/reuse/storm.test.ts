import { setTimeout as sleep } from "node:timers/promises";
import {
  AdmissionregistrationV1Api,
  AppsV1Api,
  CoreV1Api,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { aBarePod, isClaimed, podsIn } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { eventually } from "../../support/eventually.ts";
import type { Fault } from "../../support/fault.ts";
import { startFunction } from "../../support/function-on.ts";
import type { RunningFunction } from "../../support/function-on.ts";
import {
  sharedControlPlaneWithNodes,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";
import { sweepOn } from "../janitor/runs.ts";
import { LIST_SHARE_MS } from "../../../functions/hand-over/lists.ts";
import { watchExclusiveClaims } from "./exclusive-claims.ts";
import {
  claimNames,
  nameOf,
  restart,
  reused,
  reusingDeployment,
  scale,
} from "./reuse-suite.ts";

/** Milliseconds of the storm; `npm test` has the short form. */
const STORM_MS = Number(process.env["STORM_SECONDS"] ?? 40) * 1_000;
const SEED = Number(process.env["STORM_SEED"] ?? Date.now() % 1_000_000);
/** Shorter than the product's, longer than the API server takes here to store a Pod. */
const LEASE_MS = 15_000;

/** Numbers from 0 to 1 that depend on the seed alone: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const DEPLOYMENTS = [
  reusingDeployment("cache", 12),
  reusingDeployment("db", 3, { "on-miss": "Wait" }, { type: "Recreate" }),
  reusingDeployment(
    "broker",
    5,
    { "on-miss": "Wait" },
    {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 0, maxUnavailable: 2 },
    },
  ),
  reusingDeployment("bounded", 4, { "on-miss": "Wait", "max-sets": "6" }),
];

/** Each meets one request in fifty between the functions and the API server. */
const FAULTS: readonly Fault[] = [
  { resetAfterWrite: true },
  { resetBefore: true },
  { status: 500 },
  { status: 429, headers: { "retry-after": "1" } },
  { delayMs: 1_500 },
  { delayMs: 300 },
];

describe("reused claims in a storm", function () {
  this.timeout(STORM_MS + 240_000);
  const suite = {} as AdmissionSuite;
  const functions: RunningFunction[] = [];
  let proxy: ApiProxy | undefined;
  let unregister: (() => Promise<void>) | undefined;

  before(async function () {
    const controlPlane = await sharedControlPlaneWithNodes(this);
    suite.controlPlane = controlPlane;
    suite.core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.apps = controlPlane.kubeConfig.makeApiClient(AppsV1Api);
    proxy = await startApiProxy(controlPlane);
    for (let count = 0; count < 2; count += 1)
      functions.push(
        await startFunction(
          controlPlane,
          proxy.kubeconfigFor(controlPlane.adminToken),
          undefined,
          LEASE_MS,
        ),
      );
    const [first] = functions;
    if (!first) throw new Error("there is no function");
    const probe = await uniqueNamespace("probe");
    unregister = await registerWebhook(
      controlPlane.kubeConfig,
      webhookConfiguration(first),
      () => isClaimed(suite, probe),
    );
  });
  after(async () => {
    await unregister?.();
    for (const each of functions) await each.stop();
    await proxy?.stop();
  });

  it(`never go to two Pods, whatever happens for ${STORM_MS / 1_000} s; afterwards every Pod that comes finds one (STORM_SEED=${SEED})`, async () => {
    const random = randomNumbers(SEED);
    const namespace = await uniqueNamespace("storm");
    const watched = await watchExclusiveClaims(
      suite.controlPlane.kubeConfig,
      namespace,
    );
    const pick = <T>(items: readonly T[]): T =>
      items[Math.floor(random() * items.length)] as T;
    const faults = FAULTS.map((fault) =>
      proxy?.intercept(
        ({ path }) =>
          path.includes(`/namespaces/${namespace}/`) && random() < 0.02,
        fault,
      ),
    );
    for (const body of DEPLOYMENTS)
      await suite.apps.createNamespacedDeployment({
        namespace,
        body: structuredClone(body),
      });
    const end = Date.now() + STORM_MS;
    const janitor = (async () => {
      while (Date.now() < end)
        await sweepOn(suite.controlPlane.kubeconfigPath, namespace).catch(() =>
          sleep(100),
        );
    })();
    let bare = 0;
    while (Date.now() < end) {
      const name = pick(DEPLOYMENTS).metadata?.name ?? "";
      const happen = pick([
        () => scale(suite, namespace, name, Math.floor(random() * 15)),
        () => restart(suite, namespace, name),
        async () => {
          const pod = pick(await podsIn(suite, namespace));
          await suite.core.deleteNamespacedPod({
            namespace,
            name: nameOf(pod),
            ...(random() < 0.3 && { gracePeriodSeconds: 0 }),
          });
        },
        () =>
          suite.core.createNamespacedPod({
            namespace,
            body: aBarePod(`bare-${(bare += 1)}`, {
              annotations: reused({ pool: "bare" }),
            }),
          }),
        () => callAnother(pick(functions)),
      ]);
      await happen().catch(() => undefined);
      await sleep(random() * 400);
    }
    await janitor;
    proxy?.reset();

    for (const { metadata } of DEPLOYMENTS)
      await scale(suite, namespace, metadata?.name ?? "", 0);
    await suite.core.deleteCollectionNamespacedPod({ namespace });
    await eventually(
      "every Pod is gone",
      async () => (await podsIn(suite, namespace)).length === 0,
      120_000,
    );
    expect(watched.violations).to.deep.equal([]);
    const claims = await claimNames(suite, namespace);
    await sleep(LEASE_MS + 2_000);
    await scale(suite, namespace, "db", 2);
    await eventually(
      "2 Pods run",
      async () =>
        (await podsIn(suite, namespace)).filter(
          ({ status }) => status?.phase === "Running",
        ).length === 2,
      60_000,
    );
    expect(await claimNames(suite, namespace)).to.deep.equal(claims);
    expect(watched.violations).to.deep.equal([]);
    watched.stop();
    // Each fault may leave a set that no Pod has got, until its lease ends.
    const disturbed = faults.reduce(
      (sum, fault) => sum + (fault?.hits ?? 0),
      0,
    );
    const most = watched.mostAtOnce(LEASE_MS + LIST_SHARE_MS + 1_000);
    console.log(
      `      ${watched.pods} Pods, at most ${most} at once or with a lease; ${disturbed} faults; ${claims.length} claims`,
    );
    expect(claims.length).to.be.at.most(most + disturbed);
  });

  /** From now on the API server calls this one of the functions, which knows nothing of what the other has done. */
  async function callAnother(running: RunningFunction): Promise<void> {
    await suite.controlPlane.kubeConfig
      .makeApiClient(AdmissionregistrationV1Api)
      .replaceMutatingWebhookConfiguration({
        name: webhookConfiguration(running).metadata?.name ?? "",
        body: webhookConfiguration(running),
      });
  }
});

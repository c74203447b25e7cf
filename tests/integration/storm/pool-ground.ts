import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { leaseIn } from "../../../functions/contract/lease.ts";
import { claimsIn } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { startBalancer } from "../../support/balancer.ts";
import type { Balancer } from "../../support/balancer.ts";
import { eventually } from "../../support/eventually.ts";
import type { KillableFunction } from "../../support/killable-function.ts";
import {
  sharedControlPlaneWithNodes,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { watchExclusiveClaims } from "../reuse/exclusive-claims.ts";
import type { ExclusiveClaims } from "../reuse/exclusive-claims.ts";
import { registerFunctionPair, startFunctionPair } from "./function-pair.ts";

/** What the tests of a block need: two functions behind a balancer and a proxy, on a control plane with nodes. */
export function poolGround() {
  const suite = {} as AdmissionSuite;
  /** After each test, and after all of them. */
  const cleanUps: (() => unknown)[] = [];
  const lastly: (() => unknown)[] = [];
  let proxy: ApiProxy;
  let balancer: Balancer;

  before(async function () {
    const controlPlane = await sharedControlPlaneWithNodes(this);
    suite.controlPlane = controlPlane;
    suite.core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.apps = controlPlane.kubeConfig.makeApiClient(AppsV1Api);
    proxy = await startApiProxy(controlPlane);
    balancer = await startBalancer();
    lastly.push(
      () => proxy.stop(),
      () => balancer.stop(),
    );
  });
  afterEach(async () => {
    proxy.reset();
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });
  after(async () => {
    for (const cleanUp of lastly.toReversed()) await cleanUp();
  });

  return {
    suite,
    /** Between the functions and the API server. */
    proxy: () => proxy,
    afterwards,
    functionsOf,
    register,
    watch,
    hasReady,
    hasNoPods,
    leasesEnd,
  };

  /** Does this after the test; what was given last comes first. */
  function afterwards(cleanUp: () => unknown): void {
    cleanUps.push(cleanUp);
  }

  /** Starts two functions that know nothing of each other. The API server calls them once they are registered. */
  async function functionsOf(
    leaseMs: number,
    staleLists = false,
  ): Promise<readonly KillableFunction[]> {
    const { controlPlane } = suite;
    const kubeconfig = proxy.kubeconfigFor(controlPlane.adminToken);
    const functions = await startFunctionPair(
      controlPlane,
      balancer,
      kubeconfig,
      leaseMs,
      staleLists,
    );
    afterwards(() => Promise.all(functions.map(({ stop }) => stop())));
    return functions;
  }

  async function register(timeoutSeconds: number): Promise<void> {
    afterwards(
      await registerFunctionPair(
        suite.controlPlane,
        balancer,
        await uniqueNamespace("probe"),
        timeoutSeconds,
      ),
    );
  }

  async function watch(
    namespace: string,
    leaseMs: number,
  ): Promise<ExclusiveClaims> {
    const watched = await watchExclusiveClaims(
      suite.controlPlane.kubeConfig,
      namespace,
      leaseMs,
    );
    afterwards(watched.stop);
    return watched;
  }

  /** Reads one object: lists of 200 Pods ten times a second would load the machine. */
  async function hasReady(
    namespace: string,
    name: string,
    count: number,
  ): Promise<void> {
    await eventually(
      `${count} replicas of ${name} are ready`,
      async () => {
        const { spec, status } =
          await suite.apps.readNamespacedDeploymentStatus({ namespace, name });
        const { readyReplicas = 0, replicas = 0 } = status ?? {};
        if (
          spec?.replicas === count &&
          replicas === count &&
          readyReplicas === count
        )
          return true;
        throw new Error(`${readyReplicas} of ${replicas} are`);
      },
      180_000,
    );
  }

  async function hasNoPods(namespace: string): Promise<void> {
    await eventually(
      "every Pod is gone",
      async () => {
        const { items } = await suite.core.listNamespacedPod({
          namespace,
          limit: 1,
        });
        return items.length === 0;
      },
      120_000,
    );
  }

  /** Waits until no lease of the namespace runs. */
  async function leasesEnd(namespace: string, leaseMs: number): Promise<void> {
    const begins = (await claimsIn(suite, namespace)).map(
      ({ metadata }) => leaseIn(metadata?.annotations, Date.now())?.at ?? 0,
    );
    // The clock of the API server shows whole seconds.
    const end = Math.max(0, ...begins) + leaseMs + 1_000;
    await sleep(Math.max(0, end - Date.now()));
  }
}

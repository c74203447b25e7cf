import { randomBytes } from "node:crypto";
import { CoreV1Api } from "@kubernetes/client-node";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { SweepReport } from "../../../janitor/actions/outcome.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { sweepOn } from "./runs.ts";
import {
  claimsIn,
  createClaim,
  createClaims,
  createPod,
  deletePod,
  janitorControlPlane,
  patchClaim,
} from "./world.ts";
import { annotate } from "../life-cycle/world.ts";

/** What the janitor's tests work with, in a namespace of its own for each; filled by the hooks of its suite. */
export interface JanitorSuite {
  controlPlane: ControlPlane;
  core: CoreV1Api;
  namespace: string;
  /** With which the janitor sweeps. */
  kubeconfig: string;
  readonly createClaim: OfNamespace<typeof createClaim>;
  readonly createClaims: OfNamespace<typeof createClaims>;
  readonly createPod: OfNamespace<typeof createPod>;
  readonly deletePod: OfNamespace<typeof deletePod>;
  readonly patchClaim: OfNamespace<typeof patchClaim>;
  readonly annotate: OfNamespace<typeof annotate>;
  /** The claims that there are, by name. */
  claims(): Promise<Map<string, V1PersistentVolumeClaim>>;
  claimNamed(name: string): Promise<V1PersistentVolumeClaim | undefined>;
  names(): Promise<string[]>;
  sweep(options?: Parameters<typeof sweepOn>[2]): Promise<SweepReport>;
}

/** The same function, for the namespace of the test. */
type OfNamespace<F> = F extends (
  controlPlane: ControlPlane,
  namespace: string,
  ...rest: infer Rest
) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** A suite without its hooks: they fill in control plane and namespace. */
export function unfilledJanitorSuite(): JanitorSuite {
  const suite = {
    createClaim: (...rest) =>
      createClaim(suite.controlPlane, suite.namespace, ...rest),
    createClaims: (...rest) =>
      createClaims(suite.controlPlane, suite.namespace, ...rest),
    createPod: (...rest) =>
      createPod(suite.controlPlane, suite.namespace, ...rest),
    deletePod: (...rest) =>
      deletePod(suite.controlPlane, suite.namespace, ...rest),
    patchClaim: (...rest) =>
      patchClaim(suite.controlPlane, suite.namespace, ...rest),
    annotate: (...rest) =>
      annotate(suite.controlPlane, suite.namespace, ...rest),
    claims: () => claimsIn(suite.controlPlane, suite.namespace),
    claimNamed: async (name) => (await suite.claims()).get(name),
    names: async () => [...(await suite.claims()).keys()],
    sweep: (options) => sweepOn(suite.kubeconfig, suite.namespace, options),
  } as JanitorSuite;
  return suite;
}

/**
 * Hooks for a suite in which the janitor is alone with an API server, behind a proxy that can inject faults. Namespaces
 * begin with `prefix`.
 */
export function janitorAlone(
  prefix: string,
): JanitorSuite & { proxy: ApiProxy } {
  const suite = unfilledJanitorSuite() as JanitorSuite & { proxy: ApiProxy };

  before(async function () {
    this.timeout(startTimeoutMs);
    suite.controlPlane = await janitorControlPlane();
    suite.core = suite.controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.proxy = await startApiProxy(suite.controlPlane);
    suite.kubeconfig = suite.proxy.kubeconfigFor(suite.controlPlane.adminToken);
  });
  beforeEach(async () => {
    suite.namespace = `${prefix}-${randomBytes(4).toString("hex")}`;
    await createNamespace(suite.controlPlane.kubeConfig, suite.namespace);
  });
  afterEach(() => suite.proxy?.reset());
  after(() => suite.proxy?.stop());
  return suite;
}

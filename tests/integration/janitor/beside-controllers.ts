import { CoreV1Api } from "@kubernetes/client-node";

import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import {
  sharedControlPlaneWithNodes,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { unfilledJanitorSuite } from "./suite.ts";
import type { JanitorSuite } from "./suite.ts";

/** What the janitor's tests work with where Pods run, claims are bound and the garbage collector is at work. */
export interface BesideControllers extends JanitorSuite {
  /** Creates a claim, waits until it is Bound, and returns its name. */
  boundClaim(annotations?: Record<string, string>): Promise<string>;
  /** Creates a Pod that uses the claim, and waits until it runs. */
  runningPod(...given: Parameters<JanitorSuite["createPod"]>): Promise<void>;
  /** Waits until the claim is gone. */
  isGone(claim: string): Promise<unknown>;
  ownersOf(claim: string): Promise<string[]>;
  /** Waits until the garbage collector has done what was due so far. */
  garbageCollected(): Promise<void>;
}

/** Hooks for a suite on the shared control plane, where Kubernetes' own controllers run. Namespaces begin with `prefix`. */
export function janitorBesideControllers(prefix: string): BesideControllers {
  const suite: BesideControllers = Object.assign(unfilledJanitorSuite(), {
    async boundClaim(annotations: Record<string, string> = {}) {
      const { name } = await suite.createClaim({ annotations });
      await eventually(
        `${name} is Bound`,
        async () => (await suite.claimNamed(name))?.status?.phase === "Bound",
      );
      return name;
    },
    async runningPod(...given: Parameters<JanitorSuite["createPod"]>) {
      const [name] = given;
      await suite.createPod(...given);
      await eventually(`${name} runs`, async () => {
        const { namespace, core } = suite;
        const pod = await core.readNamespacedPod({ namespace, name });
        return pod.status?.phase === "Running";
      });
    },
    isGone: (claim: string) =>
      eventually(
        `${claim} is gone`,
        async () => (await suite.claimNamed(claim)) === undefined,
      ),
    async ownersOf(claim: string) {
      const { metadata } = (await suite.claimNamed(claim)) ?? {};
      return (metadata?.ownerReferences ?? []).map(({ name }) => name);
    },
    /** An adopted claim goes with its Pod: once it has, the garbage collector has been here. */
    async garbageCollected() {
      const witness = await suite.boundClaim();
      await suite.runningPod("witness", witness);
      await suite.sweep();
      expect(await suite.ownersOf(witness)).to.deep.equal(["witness"]);
      await suite.deletePod("witness");
      await suite.isGone(witness);
    },
  });

  before(async function () {
    suite.controlPlane = await sharedControlPlaneWithNodes(this);
    suite.core = suite.controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.kubeconfig = suite.controlPlane.kubeconfigPath;
  });
  beforeEach(async () => {
    suite.namespace = await uniqueNamespace(prefix);
  });
  return suite;
}

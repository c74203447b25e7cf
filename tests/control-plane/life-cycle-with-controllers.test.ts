import { BatchV1Api, CoreV1Api } from "@kubernetes/client-node";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import { outcomesOf } from "../../janitor/outcome.ts";
import { eventually } from "../support/eventually.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
  uniqueNamespace,
} from "../support/shared-control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";
import {
  claimsIn,
  createClaim,
  createPod,
  deletePod,
  reasonsOf,
  sweepOn,
} from "./janitor-world.ts";
import { annotate, FINISHED_PODS, RETENTION } from "./life-cycle-world.ts";

describe("life cycles of claims beside Kubernetes' controllers", function () {
  this.timeout(60_000);
  let controlPlane: ControlPlane;
  let core: CoreV1Api;
  let namespace: string;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
    skipWithout(
      this,
      controlPlane,
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
    );
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  });
  beforeEach(async () => {
    namespace = await uniqueNamespace("life");
  });

  const sweep = () => sweepOn(controlPlane.kubeconfigPath, namespace);
  const claimNamed = async (
    name: string,
  ): Promise<V1PersistentVolumeClaim | undefined> =>
    (await claimsIn(controlPlane, namespace)).get(name);
  const ownersOf = async (name: string): Promise<(string | undefined)[]> =>
    ((await claimNamed(name))?.metadata?.ownerReferences ?? []).map(
      (owner) => owner.name,
    );
  const boundClaim = async (
    annotations: Record<string, string> = {},
  ): Promise<string> => {
    const { name } = await createClaim(controlPlane, namespace, {
      annotations,
    });
    await eventually(
      `${name} is Bound`,
      async () => (await claimNamed(name))?.status?.phase === "Bound",
    );
    return name;
  };
  const isIn = (phase: string, name: string) =>
    eventually(`${name} is ${phase}`, async () => {
      const pod = await core.readNamespacedPod({ namespace, name });
      return pod.status?.phase === phase;
    });
  const runningPod = async (name: string, claim: string): Promise<void> => {
    await createPod(controlPlane, namespace, name, claim);
    await isIn("Running", name);
  };
  const isGone = (name: string) =>
    eventually(
      `${name} is gone`,
      async () => (await claimNamed(name)) === undefined,
    );
  /** An adopted claim goes with its Pod: once it has, the garbage collector has been here. */
  const garbageCollected = async (): Promise<void> => {
    const witness = await boundClaim();
    await runningPod("witness", witness);
    await sweep();
    expect(await ownersOf(witness)).to.deep.equal(["witness"]);
    await deletePod(controlPlane, namespace, "witness");
    await isGone(witness);
  };

  it("Retain: outlives its Pod, the garbage collector and further sweeps", async () => {
    const claim = await boundClaim({ [RETENTION]: "Retain" });
    await runningPod("web-1", claim);
    await sweep();
    expect(await ownersOf(claim)).to.deep.equal([]);
    await deletePod(controlPlane, namespace, "web-1");
    await garbageCollected();
    expect(reasonsOf(await sweep())).to.deep.equal({ [claim]: "retained" });
    expect((await claimNamed(claim))?.metadata?.deletionTimestamp).to.equal(
      undefined,
    );
  });

  it("kubectl annotate to Retain on an adopted claim: from the next sweep on it outlives its Pod", async () => {
    const claim = await boundClaim();
    await runningPod("web-1", claim);
    await sweep();
    expect(await ownersOf(claim)).to.deep.equal(["web-1"]);

    await annotate(controlPlane, namespace, claim, `${RETENTION}=Retain`);
    const [outcome] = outcomesOf(await sweep());
    expect(outcome).to.have.property("owners", "release");
    expect(await ownersOf(claim)).to.deep.equal([]);
    await deletePod(controlPlane, namespace, "web-1");
    await garbageCollected();
    expect(reasonsOf(await sweep())).to.deep.equal({ [claim]: "retained" });
  });

  it("kubectl annotate to Delete on a retained claim: adopted at the next sweep, and gone with its Pod", async () => {
    const claim = await boundClaim({ [RETENTION]: "Retain" });
    await runningPod("web-1", claim);
    await sweep();
    await annotate(controlPlane, namespace, claim, `${RETENTION}=Delete`);
    await sweep();
    expect(await ownersOf(claim)).to.deep.equal(["web-1"]);
    await deletePod(controlPlane, namespace, "web-1");
    await isGone(claim);
  });

  it("kubectl annotate to Delete on a retained claim without a Pod: gone at the next sweep", async () => {
    const claim = await boundClaim({ [RETENTION]: "Retain" });
    await sweep();
    await annotate(controlPlane, namespace, claim, `${RETENTION}-`);
    expect(reasonsOf(await sweep())).to.deep.equal({ [claim]: "unused" });
    await isGone(claim);
  });

  /** A Job of one Pod that mounts the claim, and the name of that Pod once it has finished. */
  const finishedJob = async (name: string, claim: string): Promise<string> => {
    await controlPlane.kubeConfig
      .makeApiClient(BatchV1Api)
      .createNamespacedJob({
        namespace,
        body: {
          metadata: { name },
          spec: {
            template: {
              metadata: { labels: { "volume-claim/cache": claim } },
              spec: {
                restartPolicy: "Never",
                containers: [
                  {
                    name: "app",
                    image: "app:1",
                    volumeMounts: [{ name: "cache", mountPath: "/cache" }],
                  },
                ],
                volumes: [
                  {
                    name: "cache",
                    persistentVolumeClaim: { claimName: claim },
                  },
                ],
              },
            },
          },
        },
      });
    return await eventually(`Job ${name} has finished`, async () => {
      const { items } = await core.listNamespacedPod({
        namespace,
        labelSelector: `job-name=${name}`,
      });
      return items[0]?.status?.phase === "Succeeded" && items[0].metadata?.name;
    });
  };

  it("J4 J15 finished-pods: Release deletes the claim of a finished Job, which Kubernetes keeps Terminating until its Pod goes", async () => {
    const claim = await boundClaim({ [FINISHED_PODS]: "Release" });
    const kept = await boundClaim();
    const pod = await finishedJob("release", claim);
    await finishedJob("keep", kept);

    const outcomes = outcomesOf(await sweep());
    const outcome = outcomes.find((one) => one.claim.name === claim);
    expect(outcome?.decision).to.include({
      decision: "delete",
      reason: "only-finished-pods",
    });
    expect(outcome?.decision.why).to.match(
      new RegExp(
        `^named by finished Pod ${pod} \\(Succeeded\\) only, \\d+s old; it stays Terminating, and its volume stays, until these Pods are deleted$`,
      ),
    );
    const next = await sweep();
    expect(reasonsOf(next)).to.deep.equal({
      [claim]: "terminating",
      [kept]: "in-use",
    });
    expect(
      outcomesOf(next).find((one) => one.claim.name === claim)?.decision.why,
    ).to.match(new RegExp(`waits for Pod ${pod} \\(Succeeded\\)$`));
    expect((await claimNamed(claim))?.metadata?.deletionTimestamp).to.not.equal(
      undefined,
    );

    await deletePod(controlPlane, namespace, pod);
    await isGone(claim);
    expect((await claimNamed(kept))?.metadata?.deletionTimestamp).to.equal(
      undefined,
    );
  });

  it("J4 finished-pods: Release waits for the containers of a Failed Pod, and then deletes", async () => {
    const claim = await boundClaim({ [FINISHED_PODS]: "Release" });
    await runningPod("web-1", claim);
    const setStatus = (path: string, value: unknown) =>
      core.patchNamespacedPodStatus({
        namespace,
        name: "web-1",
        body: [{ op: "replace", path: `/status/${path}`, value }],
      });
    // What the node last said of its container is left as it was: it runs.
    await setStatus("phase", "Failed");
    const [doubted] = outcomesOf(await sweep());
    expect(doubted?.decision.why).to.equal(
      "used by Pod web-1 (Failed, may still run)",
    );
    await setStatus("containerStatuses/0/state", {
      terminated: { exitCode: 137, reason: "Error" },
    });
    expect(reasonsOf(await sweep())).to.deep.equal({
      [claim]: "only-finished-pods",
    });
    await deletePod(controlPlane, namespace, "web-1");
    await isGone(claim);
  });
});

import { BatchV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { eventually } from "../../support/eventually.ts";
import { janitorBesideControllers } from "../janitor/beside-controllers.ts";
import { reasonsOf } from "../janitor/runs.ts";
import { FINISHED_PODS, RETENTION } from "./world.ts";

describe("life cycles of claims beside Kubernetes' controllers", function () {
  this.timeout(60_000);
  const suite = janitorBesideControllers("life");

  it("Retain: outlives its Pod, the garbage collector and further sweeps", async () => {
    const claim = await suite.boundClaim({ [RETENTION]: "Retain" });
    await suite.runningPod("web-1", claim);
    await suite.sweep();
    expect(await suite.ownersOf(claim)).to.deep.equal([]);
    await suite.deletePod("web-1");
    await suite.garbageCollected();
    expect(reasonsOf(await suite.sweep())).to.deep.equal({
      [claim]: "retained",
    });
    expect(
      (await suite.claimNamed(claim))?.metadata?.deletionTimestamp,
    ).to.equal(undefined);
  });

  it("kubectl annotate to Retain on an adopted claim: from the next sweep on it outlives its Pod", async () => {
    const claim = await suite.boundClaim();
    await suite.runningPod("web-1", claim);
    await suite.sweep();
    expect(await suite.ownersOf(claim)).to.deep.equal(["web-1"]);

    await suite.annotate(claim, `${RETENTION}=Retain`);
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome).to.have.property("owners", "release");
    expect(await suite.ownersOf(claim)).to.deep.equal([]);
    await suite.deletePod("web-1");
    await suite.garbageCollected();
    expect(reasonsOf(await suite.sweep())).to.deep.equal({
      [claim]: "retained",
    });
  });

  it("kubectl annotate to Delete on a retained claim: adopted at the next sweep, and gone with its Pod", async () => {
    const claim = await suite.boundClaim({ [RETENTION]: "Retain" });
    await suite.runningPod("web-1", claim);
    await suite.sweep();
    await suite.annotate(claim, `${RETENTION}=Delete`);
    await suite.sweep();
    expect(await suite.ownersOf(claim)).to.deep.equal(["web-1"]);
    await suite.deletePod("web-1");
    await suite.isGone(claim);
  });

  it("kubectl annotate to Delete on a retained claim without a Pod: gone at the next sweep", async () => {
    const claim = await suite.boundClaim({ [RETENTION]: "Retain" });
    await suite.sweep();
    await suite.annotate(claim, `${RETENTION}-`);
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [claim]: "unused" });
    await suite.isGone(claim);
  });

  /** A Job of one Pod that mounts the claim, and the name of that Pod once it has finished. */
  const finishedJob = async (name: string, claim: string): Promise<string> => {
    await suite.controlPlane.kubeConfig
      .makeApiClient(BatchV1Api)
      .createNamespacedJob({
        namespace: suite.namespace,
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
      const { items } = await suite.core.listNamespacedPod({
        namespace: suite.namespace,
        labelSelector: `job-name=${name}`,
      });
      return items[0]?.status?.phase === "Succeeded" && items[0].metadata?.name;
    });
  };

  it("J4 J15 finished-pods: Release deletes the claim of a finished Job, which Kubernetes keeps Terminating until its Pod goes", async () => {
    const claim = await suite.boundClaim({ [FINISHED_PODS]: "Release" });
    const kept = await suite.boundClaim();
    const pod = await finishedJob("release", claim);
    await finishedJob("keep", kept);

    const outcomes = outcomesOf(await suite.sweep());
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
    const next = await suite.sweep();
    expect(reasonsOf(next)).to.deep.equal({
      [claim]: "terminating",
      [kept]: "in-use",
    });
    expect(
      outcomesOf(next).find((one) => one.claim.name === claim)?.decision.why,
    ).to.match(new RegExp(`waiting for Pod ${pod} \\(Succeeded\\)$`));
    expect(
      (await suite.claimNamed(claim))?.metadata?.deletionTimestamp,
    ).to.not.equal(undefined);

    await suite.deletePod(pod);
    await suite.isGone(claim);
    expect(
      (await suite.claimNamed(kept))?.metadata?.deletionTimestamp,
    ).to.equal(undefined);
  });

  it("J4 finished-pods: Release waits for the containers of a Failed Pod, and then deletes", async () => {
    const claim = await suite.boundClaim({ [FINISHED_PODS]: "Release" });
    await suite.runningPod("web-1", claim);
    const setStatus = (path: string, value: unknown) =>
      suite.core.patchNamespacedPodStatus({
        namespace: suite.namespace,
        name: "web-1",
        body: [{ op: "replace", path: `/status/${path}`, value }],
      });
    // What the node last said of its container is left as it was: it runs.
    await setStatus("phase", "Failed");
    const [doubted] = outcomesOf(await suite.sweep());
    expect(doubted?.decision.why).to.equal(
      "used by Pod web-1 (Failed, may still run)",
    );
    await setStatus("containerStatuses/0/state", {
      terminated: { exitCode: 137, reason: "Error" },
    });
    expect(reasonsOf(await suite.sweep())).to.deep.equal({
      [claim]: "only-finished-pods",
    });
    await suite.deletePod("web-1");
    await suite.isGone(claim);
  });
});

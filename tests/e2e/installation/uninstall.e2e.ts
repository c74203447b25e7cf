import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { commandsOf, runBlock } from "../../support/install-manual.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import {
  expectAdopted,
  expectLeft,
  expectOneBoundClaimEach,
} from "../steps/claims.ts";
import {
  apply,
  claimsIn,
  core,
  installedOf,
  kubectl,
} from "../steps/cluster.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweep, sweepWithoutGrace } from "../steps/our-jobs.ts";
import {
  deploymentWithClaims,
  filesSeenBy,
  firstReadyPod,
  readyPods,
  restart,
  templateWithClaim,
} from "../steps/workloads.ts";

const namespace = "e2e-uninstalled";
const collectedTimeoutMs = 120_000;

/** Our claims in the whole cluster, by the labels that docs/install.md waits for. */
async function ourClaims(): Promise<string[]> {
  const output = await kubectl(
    "get persistentvolumeclaims --all-namespaces --selector=managed=true,app.kubernetes.io/managed-by=stateful-deployments --output=name",
  );
  return output.split("\n").filter((name) => name !== "");
}

describe("uninstallation, by the commands of docs/install.md", () => {
  let deleteWebhook = "";
  let waitForClaims = "";
  let deleteTheRest = "";
  let staying: string[] = [];

  useNamespace(
    namespace,
    deploymentWithClaims(namespace, "restarted", 2),
    deploymentWithClaims(namespace, "running", 1),
  );
  before(async () => {
    const blocks = await commandsOf("Uninstall");
    [deleteWebhook = "", waitForClaims = "", deleteTheRest = ""] = blocks;
    expect(blocks).to.have.lengthOf(3);
    const running = await readyPods(namespace, "running", 1);
    const restarted = await readyPods(namespace, "restarted", 2);
    staying = await expectOneBoundClaimEach(namespace, running);
    await sweep(namespace);
    await expectAdopted([...running, ...restarted]);
    // The third one's claim has no owner: only a sweep deletes it.
    await apply(deploymentWithClaims(namespace, "restarted", 3));
    await readyPods(namespace, "restarted", 3);
  });

  it("without the webhook, Pods that are restarted run on their emptyDir", async () => {
    await runBlock(deleteWebhook);
    await restart(namespace, "restarted");
    const pods = await readyPods(namespace, "restarted", 3);
    expect(pods.flatMap(claimVolumes)).to.deep.equal([]);
    for (const pod of pods)
      expect(pod.spec?.volumes?.[0]).to.have.property("emptyDir");
  });

  it("the claims go with their Pods, the last one with a sweep; one in use stays, and is named", async () => {
    await eventually(
      "the adopted claims deleted",
      async () => (await claimsIn(namespace)).length <= staying.length + 1,
      collectedTimeoutMs,
    );
    await sweepWithoutGrace(namespace);
    await expectLeft(namespace, staying);
    const hurried = waitForClaims.replace("--timeout=15m", "--timeout=2s");
    expect(hurried).to.not.equal(waitForClaims);
    const complaint = await runBlock(hurried).then(
      (output) => expect.fail(`it did not wait: ${output}`),
      String,
    );
    expect(complaint.match(/persistentvolumeclaims\/\S+/g)).to.deep.equal(
      staying.map((name) => `persistentvolumeclaims/${name}`),
    );
  });

  it("leaves nothing of ours but that claim, whose Pod runs on", async () => {
    expect(await installedOf("kourier")).to.include.members([
      "namespace/stateful-deployments",
      "service.serving.knative.dev/function",
      "cronjob.batch/janitor",
    ]);
    const pod = await firstReadyPod(namespace, "running", 1);
    await runBlock(deleteTheRest);
    expect(await installedOf("kourier")).to.deep.equal([]);
    expect(await ourClaims()).to.deep.equal(
      staying.map((name) => `persistentvolumeclaim/${name}`),
    );
    const later = await firstReadyPod(namespace, "running", 1);
    expect(later.metadata?.uid).to.equal(pod.metadata?.uid);
    expect(await filesSeenBy(pod)).to.deep.equal([nameOf(pod)]);
  });

  it("that claim goes with its Pod too, and the command that waits for it ends", async () => {
    const waited = runBlock(waitForClaims);
    const first = await Promise.race([
      waited.then(() => "ended"),
      sleep(3_000, "waits"),
    ]);
    expect(first).to.equal("waits");
    await kubectl(`delete deployment/running --namespace=${namespace}`);
    await waited;
    expect(await ourClaims()).to.deep.equal([]);
  });

  it("leaves Pods creatable, annotated ones with their emptyDir", async () => {
    const { metadata, spec } = templateWithClaim("left");
    if (spec === undefined) throw new Error("the template has no spec");
    const pod = await core.createNamespacedPod({
      namespace,
      body: { metadata: { ...metadata, name: "left" }, spec },
    });
    expect(pod.spec?.volumes?.[0]).to.have.property("emptyDir");
  });
});

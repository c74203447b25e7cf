import path from "node:path";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { claimVolumes, nameOf } from "../support/pods-and-claims.ts";
import { expectAdopted } from "./adopted.ts";
import { apply, claimsIn, core, kubectl } from "./cluster.ts";
import {
  expectOneBoundClaimEach,
  filesSeenBy,
  readyPods,
} from "./one-claim-each.ts";
import { sweepNow } from "./our-jobs.ts";
import { deleteNamespace } from "./wait.ts";
import {
  deploymentWithClaims,
  namespaceNamed,
  templateWithClaim,
} from "./workloads.ts";

const namespace = "e2e-uninstalled";
const overlay = path.join(
  import.meta.dirname,
  "../../manifests/overlays/kourier",
);
const collectedTimeoutMs = 120_000;

/** Which of all objects that we install are there. */
async function installed(): Promise<string[]> {
  const manifests = await kubectl(["kustomize", overlay]);
  const output = await kubectl(
    ["get", "--filename=-", "--ignore-not-found", "--output=name"],
    manifests,
  );
  return output.split("\n").filter((name) => name !== "");
}

/** The claims of ours in the whole cluster, by the labels that docs/install.md waits for. */
async function claimsOfOurs(): Promise<string[]> {
  const output = await kubectl([
    "get",
    "persistentvolumeclaims",
    "--all-namespaces",
    "--selector=managed=true,app.kubernetes.io/managed-by=stateful-deployments",
    "--output=name",
  ]);
  return output.split("\n").filter((name) => name !== "");
}

describe("uninstallation, by the commands of docs/install.md", () => {
  let deleteWebhook = "";
  let waitForClaims = "";
  let deleteTheRest = "";
  let staying: string[] = [];

  before(async () => {
    const blocks = await commandsOf("Uninstall");
    [deleteWebhook = "", waitForClaims = "", deleteTheRest = ""] = blocks;
    expect(blocks).to.have.lengthOf(3);
    await apply(
      namespaceNamed(namespace),
      deploymentWithClaims(namespace, "restarted", 2),
      deploymentWithClaims(namespace, "running", 1),
    );
    const running = await readyPods(namespace, "running", 1);
    const restarted = await readyPods(namespace, "restarted", 2);
    staying = await expectOneBoundClaimEach(namespace, running);
    await sweepNow(`--namespace=${namespace}`);
    await expectAdopted([...running, ...restarted]);
    // This one's claim has no owner: only a sweep removes it.
    await apply(deploymentWithClaims(namespace, "restarted", 3));
    await readyPods(namespace, "restarted", 3);
  });
  after(() => deleteNamespace(namespace));

  it("without the webhook, Pods that are restarted run on their emptyDir", async () => {
    await runBlock(deleteWebhook);
    await kubectl([
      "rollout",
      "restart",
      "deployment/restarted",
      `--namespace=${namespace}`,
    ]);
    await kubectl([
      "rollout",
      "status",
      "deployment/restarted",
      `--namespace=${namespace}`,
      "--timeout=180s",
    ]);
    const pods = await readyPods(namespace, "restarted", 3);
    expect(pods.flatMap(claimVolumes)).to.deep.equal([]);
    for (const pod of pods)
      expect(pod.spec?.volumes?.[0]).to.have.property("emptyDir");
  });

  it("the claims go with their Pods, the last one with a sweep; one in use stays, and is named", async () => {
    await eventually(
      "the adopted claims gone",
      async () => (await claimsIn(namespace)).length <= staying.length + 1,
      collectedTimeoutMs,
    );
    await sweepNow(
      "--grace-period=0s",
      "--unsafe-grace-period",
      `--namespace=${namespace}`,
    );
    await eventually(
      "the last claim gone",
      async () => (await claimsIn(namespace)).length <= staying.length,
      collectedTimeoutMs,
    );
    expect((await claimsIn(namespace)).map(nameOf)).to.deep.equal(staying);
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
    const there = await installed();
    expect(there).to.include.members([
      "namespace/stateful-deployments",
      "service.serving.knative.dev/function",
      "cronjob.batch/janitor",
    ]);
    const [pod] = await readyPods(namespace, "running", 1);
    if (pod === undefined) throw new Error("there is no Pod");

    await runBlock(deleteTheRest);
    expect(await installed()).to.deep.equal([]);
    expect(await claimsOfOurs()).to.deep.equal(
      staying.map((name) => `persistentvolumeclaim/${name}`),
    );
    const [later] = await readyPods(namespace, "running", 1);
    expect(later?.metadata?.uid).to.equal(pod.metadata?.uid);
    expect(await filesSeenBy(pod)).to.deep.equal([nameOf(pod)]);
  });

  it("that claim goes with its Pod, too, and the command that waits for it ends", async () => {
    const waited = runBlock(waitForClaims);
    const first = await Promise.race([
      waited.then(() => "ended"),
      new Promise((resolve) => setTimeout(resolve, 3_000, "waits")),
    ]);
    expect(first).to.equal("waits");
    await kubectl(["delete", "deployment/running", `--namespace=${namespace}`]);
    await waited;
    expect(await claimsOfOurs()).to.deep.equal([]);
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

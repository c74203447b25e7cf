import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import {
  PatchStrategy,
  setHeaderOptions,
  StorageV1Api,
} from "@kubernetes/client-node";
import type { V1VolumeNodeAffinity } from "@kubernetes/client-node";
import { expect } from "chai";
import { claimName } from "../../../functions/contract/claim-name.ts";
import { LIST_SHARE_MS } from "../../../functions/hand-over/lists.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { aRequest, aReview } from "../../support/builders.ts";
import { JANITOR } from "../../support/built-programs.ts";
import { startFunction } from "../../support/function-on.ts";
import { answerOf } from "../admission/behind-proxy.ts";
import { runJanitor, sweepOn } from "../janitor/runs.ts";
import { janitorAlone } from "../janitor/suite.ts";
import { claimsIn, podOfTwo } from "./reviews.ts";

const ABOUT_TO_DELETE = "the janitor is about to delete it";
const DELETION_ENDED =
  "the janitor does not delete it any more, and waits until no delete is on its way";
const reusePage = new URL("../../../docs/reuse.md", import.meta.url);
const DAY = 86_400_000;
const MINUTE = 60_000;
/** Later than any lease, mark or idle time of a set. */
const later = { laterMs: 8 * DAY, gracePeriodMs: 0 };
let requests = 0;

function nodeOf(name: string): object {
  return { metadata: { name, labels: { "kubernetes.io/hostname": name } } };
}

describe("the janitor's sweeps of reused claims on a real API server", function () {
  this.timeout(30_000);
  const suite = janitorAlone("sets");

  /** Creates a set of two claims; the leader comes first. */
  async function createSet(
    keys: Readonly<Record<string, string>> = {},
  ): Promise<[leader: string, second: string]> {
    requests += 1;
    const uid = `set-${requests}`;
    const leader = claimName("web-", "data", uid);
    const create = (volume: string): Promise<string> =>
      suite.createClaim({
        name: claimName("web-", volume, uid),
        labels: {
          "volume-claim-template/name": volume,
          "volume-claim/pool": "p",
          "volume-claim/set": leader,
        },
        annotations: {
          "volume-claim/request-uid": uid,
          "volume-claim-template/retention": "Reuse",
          ...keys,
        },
      });
    return [await create("data"), await create("log")];
  }

  /** Binds a claim to a new volume, whose name it returns. */
  async function bind(
    claim: string,
    nodeAffinity?: V1VolumeNodeAffinity,
  ): Promise<string> {
    const { core, namespace } = suite;
    const volumeName = `pv-${namespace}`;
    await core.createPersistentVolume({
      body: {
        metadata: { name: volumeName },
        spec: {
          accessModes: ["ReadWriteOnce"],
          capacity: { storage: "1Mi" },
          hostPath: { path: "/data" },
          ...(nodeAffinity && { nodeAffinity }),
        },
      },
    });
    await core.patchNamespacedPersistentVolumeClaim(
      { namespace, name: claim, body: { spec: { volumeName } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    return volumeName;
  }

  /** What the function writes when it hands over a set. */
  async function lease(leader: string): Promise<void> {
    await suite.patchClaim(leader, {
      annotations: {
        "volume-claim/lease-request": "a-request",
        "volume-claim/lease-time": new Date(Date.now() + 8 * DAY).toISOString(),
      },
    });
  }

  /** Runs the commands by which docs/reuse.md holds the set of a claim. Returns what they print. */
  async function runHold(claim: string): Promise<string> {
    const page = await readFile(reusePage, "utf8");
    const [, block = ""] =
      /^```text\n(first=[^]*?volume-claim\/hold=true[^]*?)^```/m.exec(page) ??
      [];
    const { binaries, directory, kubeconfigPath } = suite.controlPlane;
    const commands = `
      kubectl() { '${binaries.path("kubectl")}' --namespace=${suite.namespace} "$@"; }
      janitor() { '${process.execPath}' '${JANITOR}' "$@"; }
      ${block.replace("NAMESPACE", suite.namespace).replace("NAME", claim)}`;
    const { stdout, stderr, exitCode } = await runProgram(
      "bash",
      ["-eo", "pipefail", "-c", commands],
      { env: { HOME: directory, KUBECONFIG: kubeconfigPath } },
    );
    expect(exitCode, stderr).to.equal(0);
    return stdout;
  }

  const quarantineOf = async (leader: string): Promise<string | undefined> =>
    (await suite.metadataOf(leader)).annotations?.["volume-claim/quarantine"];

  it("deletes an idle set of two claims whole, over sweeps, and its leader last", async () => {
    const [leader, second] = await createSet();
    expect(await suite.reasons()).to.deep.equal({
      [leader]: "idle-first-run",
      [second]: "idle",
    });
    expect(await suite.reasons()).to.deep.equal({
      [leader]: "idle",
      [second]: "idle",
    });
    expect(await suite.reasons(later)).to.deep.equal({
      [leader]: "set-first-run",
      [second]: "idle",
    });
    expect(await quarantineOf(leader)).to.equal(ABOUT_TO_DELETE);
    expect(await suite.reasons(later)).to.deep.equal({
      [leader]: "leads-set",
      [second]: "idle-too-long",
    });
    expect(await suite.names()).to.deep.equal([leader]);
    expect(await suite.reasons(later)).to.deep.equal({
      [leader]: "idle-too-long",
    });
    expect(await suite.names()).to.deep.equal([]);
  });

  it("copies the node affinity of a real volume, and puts its set into quarantine, with an Event, while the node is gone", async () => {
    const [leader] = await createSet();
    const { core, namespace } = suite;
    const gone = `gone-${namespace}`;
    await core.createNode({ body: nodeOf(`other-${namespace}`) });
    const nodeSelectorTerms = [
      {
        matchExpressions: [
          { key: "kubernetes.io/hostname", operator: "In", values: [gone] },
        ],
      },
    ];
    await bind(leader, { required: { nodeSelectorTerms } });
    const { lostEvents } = await suite.sweep();
    expect(lostEvents).to.equal(0);
    expect(await quarantineOf(leader)).to.equal(
      `the janitor found its volume on a node that is gone: ${gone}`,
    );
    const { annotations = {} } = await suite.metadataOf(leader);
    expect(
      JSON.parse(annotations["volume-claim/node-affinity"] ?? ""),
    ).to.deep.equal([nodeSelectorTerms]);
    const { items } = await core.listNamespacedEvent({ namespace });
    expect(items.map(({ reason }) => reason)).to.deep.equal(["SetQuarantined"]);
    expect(items[0]?.message).to.include(`on a node that is gone: ${gone}`);
    const { metadata } = await core.createNode({ body: nodeOf(gone) });
    await suite.sweep();
    expect(await quarantineOf(leader)).to.equal(undefined);
    await core.deleteNode({ name: gone });
    await core.createNode({ body: nodeOf(gone) });
    await suite.sweep();
    expect((await suite.metadataOf(leader)).annotations).to.include({
      "volume-claim/quarantine": `the janitor found its volume on a node that was deleted and created again, without its local data: ${gone}`,
      "volume-claim/node-uids": JSON.stringify({ [gone]: metadata?.uid }),
    });
    await core.deleteNode({ name: gone });
    await core.deleteNode({ name: `other-${namespace}` });
  });

  it("puts a set into quarantine whose Pod has waited ten minutes for a volume that cannot be attached, and ends that when the Pod runs", async () => {
    const [leader] = await createSet();
    const { core, namespace, controlPlane } = suite;
    const volume = await bind(leader);
    await suite.createPod("web-1", leader, { spec: { nodeName: "node-1" } });
    const setStatus = (status: object): Promise<unknown> =>
      core.patchNamespacedPodStatus(
        { namespace, name: "web-1", body: { status } },
        setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
      );
    const scheduled = {
      type: "PodScheduled",
      status: "True",
      lastTransitionTime: new Date().toISOString(),
    };
    await setStatus({ phase: "Pending", conditions: [scheduled] });
    const storage = controlPlane.kubeConfig.makeApiClient(StorageV1Api);
    const name = `csi-${namespace}`;
    await storage.createVolumeAttachment({
      body: {
        metadata: { name },
        spec: {
          attacher: "example.com",
          nodeName: "node-1",
          source: { persistentVolumeName: volume },
        },
      },
    });
    const attachError = { message: "no such disk", time: new Date() };
    await storage.patchVolumeAttachmentStatus(
      { name, body: { status: { attached: false, attachError } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    await suite.sweep();
    expect(await quarantineOf(leader)).to.equal(undefined);
    await suite.sweep({ laterMs: 11 * MINUTE });
    expect(await quarantineOf(leader)).to.match(
      new RegExp(
        `^the janitor found that it kept a Pod from starting, at \\S+ Pod web-1: volume ${volume} cannot be attached to node node-1: no such disk$`,
      ),
    );
    await setStatus({ phase: "Running" });
    await suite.sweep({ laterMs: 12 * MINUTE });
    expect(await quarantineOf(leader)).to.equal(undefined);
    await storage.deleteVolumeAttachment({ name });
  });

  it("explains a claim of a set, and exits 1 for one that is not there", async () => {
    const [leader, second] = await createSet();
    const ask = (name: string): ReturnType<typeof runJanitor> =>
      runJanitor(suite.kubeconfig, ["--explain", `${suite.namespace}/${name}`]);
    const { exitCode, stdout } = await ask(second);
    expect(stdout).to.include(`${leader} (first), ${second}\n`);
    expect(stdout).to.match(/^verdict: +keep \(younger-than-grace\)$/m);
    expect(exitCode).to.equal(0);
    expect(await ask("other")).to.deep.equal({
      exitCode: 1,
      stdout: "",
      stderr: `janitor: there is no claim ${suite.namespace}/other\n`,
    });
  });

  it("shows a person who holds a set by the commands of docs/reuse.md whether a Pod may still get it", async () => {
    const [leader, second] = await createSet();
    expect(await runHold(second)).to.match(/^lease: +none$/m);
    const hold = { "volume-claim/hold": "true" };
    expect((await suite.metadataOf(leader)).annotations).to.include(hold);
    expect((await suite.metadataOf(second)).annotations).not.to.include(hold);
    await lease(leader);
    await suite.createPod("web-1", second);
    const text = await runHold(second);
    expect(text).to.match(/^lease: .*, ends in /m);
    expect(text).to.match(/^Pods: +none, of claim /m);
    expect(text).to.match(/^Pods: +Pod web-1 /m);
  });

  it("keeps sets that are leased or used by a Pod of one claim, and a set of Wait", async () => {
    const leased = await createSet();
    const used = await createSet();
    const waiting = await createSet({
      "volume-claim-template/on-miss": "Wait",
    });
    await suite.sweep();
    await lease(leased[0]);
    await suite.createPod("web-1", used[1]);
    for (let sweep = 0; sweep < 3; sweep += 1)
      expect(await suite.reasons(later)).to.deep.equal({
        [leased[0]]: "leased",
        [leased[1]]: "leased",
        [used[0]]: "in-use",
        [used[1]]: "in-use",
        [waiting[0]]: "idle",
        [waiting[1]]: "idle",
      });
    expect(await suite.names()).to.have.members([
      ...leased,
      ...used,
      ...waiting,
    ]);
  });

  it("puts a set into no quarantine that is leased right before the write", async () => {
    const [leader] = await createSet();
    await suite.sweep();
    suite.proxy.intercept(
      ({ method, path }) => method === "PATCH" && path.includes(leader),
      { before: () => lease(leader) },
      1,
    );
    expect(await suite.reasons(later)).to.include({
      [leader]: "changed-meanwhile",
    });
    expect(await quarantineOf(leader)).to.equal(undefined);
  });

  it("deletes no claim of a set whose leader changes after the lists of a re-check", async () => {
    const [leader, second] = await createSet();
    await suite.sweep();
    await suite.sweep(later);
    suite.proxy.intercept(
      ({ method, path }) => method === "PATCH" && path.includes(leader),
      { before: () => lease(leader) },
      1,
    );
    expect(await suite.reasons(later)).to.deep.equal({
      [leader]: "leads-set",
      [second]: "changed-meanwhile",
    });
    expect(await suite.names()).to.have.members([leader, second]);
    await suite.sweep(later);
    expect(await quarantineOf(leader)).to.equal(DELETION_ENDED);
    await suite.sweep({ ...later, laterMs: later.laterMs + 2 * MINUTE });
    expect(await quarantineOf(leader)).to.equal(undefined);
  });

  it("take no claim from a Pod that comes while a delete is on its way, after another janitor has decided otherwise", async () => {
    const { controlPlane, namespace } = suite;
    const running = await startFunction(controlPlane, undefined, undefined, 1);
    const claimsOfPod = async (uid: string): Promise<string[]> => {
      const review = aReview(aRequest(podOfTwo(), { uid, namespace }));
      return Object.values(claimsIn(await answerOf(running, "10s", review)));
    };
    try {
      const [leader = "", second = ""] = await claimsOfPod("first");
      await suite.sweep({ laterMs: 2 * MINUTE });
      await suite.sweep(later);
      expect(await quarantineOf(leader)).to.equal(ABOUT_TO_DELETE);
      let given: string[] = [];
      const slow = suite.proxy.intercept(
        ({ method, path }) => method === "DELETE" && path.includes(second),
        {
          // The janitor has checked the first claim, and sent the delete.
          before: async () => {
            await suite.annotate(leader, "volume-claim/hold=true");
            await sweepOn(controlPlane.kubeconfigPath, namespace, later);
            await suite.annotate(leader, "volume-claim/hold-");
            // The lists of the first request do not have the set.
            await sleep(LIST_SHARE_MS);
            given = await claimsOfPod("second");
          },
        },
        1,
      );
      await suite.sweep(later);
      expect(slow.hits).to.equal(1);
      expect(given).to.have.length(2);
      expect(await suite.names()).to.include.members(given);
    } finally {
      await running.stop();
    }
  });
});

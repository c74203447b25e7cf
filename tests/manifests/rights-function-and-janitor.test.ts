import { randomBytes } from "node:crypto";
import { request } from "node:https";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { TEMPLATE_DATA_SOURCE } from "../../functions/contract/keys.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { installSnapshots } from "../integration/data-sources/snapshots.ts";
import { JANITOR } from "../support/built-programs.ts";
import { aBarePod, aDeployment } from "../support/admission-suite.ts";
import {
  aPod,
  aRequest,
  aReview,
  cacheAnnotations,
} from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { startProgram } from "../support/program.ts";
import { succeed } from "./installed-cluster.ts";
import { rightsSuite } from "./rights-suite.ts";

/** In the order of the titles: the janitor finds what the function has left. */
describe("the rights that the manifests give", function () {
  this.timeout(90_000);
  const namespace = `rights-${randomBytes(4).toString("hex")}`;
  const rights = rightsSuite();

  before(async () => {
    await createNamespace(rights.cluster.controlPlane.kubeConfig, namespace);
  });

  async function claims(): Promise<V1PersistentVolumeClaim[]> {
    const { body } = await rights.cluster.admin({
      method: "GET",
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
      timeoutMs: 5_000,
    });
    return (body as { items: V1PersistentVolumeClaim[] }).items;
  }

  async function allBound(count: number): Promise<void> {
    await eventually(`${count} claims are bound`, async () => {
      const found = await claims();
      return (
        found.length === count &&
        found.every(({ status }) => status?.phase === "Bound")
      );
    });
  }

  async function limitClaimsTo(count: number): Promise<void> {
    const { controlPlane } = rights.cluster;
    await succeed(controlPlane, [
      "create",
      "quota",
      "room",
      `--hard=persistentvolumeclaims=${count}`,
      `--namespace=${namespace}`,
    ]);
    await succeed(controlPlane, [
      "wait",
      "quota/room",
      "--for=jsonpath={.status.used.persistentvolumeclaims}",
      "--timeout=20s",
      `--namespace=${namespace}`,
    ]);
  }

  it("are all that the function needs, and no more", async () => {
    // A claim for a Pod, through the API server.
    await succeed(
      rights.cluster.controlPlane,
      ["create", "-n", namespace, "-f", "-"],
      JSON.stringify(aDeployment("web", 1)),
    );
    await allBound(1);
    // The claim of a Pod that is never stored, and the same request once more, which finds it.
    const review = aReview(aRequest(aPod(), { uid: "twice", namespace }));
    const { caPem, url } = rights.cluster.running;
    expect(await post(url, caPem, review)).to.equal(200);
    expect(await post(url, caPem, review)).to.equal(200);
    await allBound(2);
    // The first of two claims is taken back when the quota has no room for the second.
    await limitClaimsTo(3);
    const { stderr } = await rights.cluster.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-"],
      { input: JSON.stringify(aPodOfTwo()) },
    );
    expect(stderr).to.include("exceeded quota: room");
    await allBound(2);
    // What a volume starts from is looked up in a dry run, too.
    const snapshots = await installSnapshots(rights.cluster.controlPlane);
    await snapshots.set(namespace, "nightly", { readyToUse: true });
    for (const source of ["VolumeSnapshot/nightly", "VolumeSnapshot?!draft"])
      await succeed(
        rights.cluster.controlPlane,
        ["create", "--dry-run=server", "-n", namespace, "-f", "-"],
        JSON.stringify(
          aBarePod("probe", {
            annotations: {
              ...cacheAnnotations,
              [TEMPLATE_DATA_SOURCE]: source,
            },
          }),
        ),
      );
    await rights.expectExactly("function");
  });

  it("are all that the janitor needs, and no more", async () => {
    await allBound(2);
    const janitor = startProgram(JANITOR, {
      args: ["--grace-period=0s", "--unsafe-grace-period"],
      env: { KUBECONFIG: await rights.kubeconfigOf("janitor") },
    });
    expect(await janitor.exited, janitor.stderr()).to.equal(0);
    await eventually("the claim without a Pod is gone", async () => {
      const found = await claims();
      return found.length === 1;
    });
    const [claim] = await claims();
    expect(claim?.metadata?.ownerReferences).to.have.lengthOf(1);
    const { body } = await rights.cluster.admin({
      method: "GET",
      path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      timeoutMs: 5_000,
    });
    expect(
      (body as { items: { reason?: string }[] }).items.map(
        ({ reason }) => reason,
      ),
    ).to.include("ClaimDeleted");
    await rights.expectExactly("janitor");
  });
});

/** Without a class, so that nobody gives its claims a volume before the function takes them back. */
function aPodOfTwo(): V1Pod {
  const templates = ["data", "wal"].map((name) => ({
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "",
      resources: { requests: { storage: "1Gi" } },
    },
  }));
  return aBarePod("two", {
    annotations: {
      "volume-claim-template/templates": JSON.stringify(templates),
    },
    volumes: [],
    mounts: ["data", "wal"],
  });
}

function post(url: string, ca: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: "POST", ca, headers: { "content-type": "application/json" } },
      (incoming) => {
        incoming.resume();
        incoming.on("end", () => resolve(incoming.statusCode ?? 0));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(body));
  });
}

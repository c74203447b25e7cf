import { randomBytes } from "node:crypto";
import { request } from "node:https";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import { buildClaim } from "../../functions/claim/build-claim.ts";
import { claimsOn } from "../../functions/claim/claims.ts";
import { runCertificates } from "../../janitor/certificates/command.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { aDeployment } from "../support/admission-suite.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { startProgram } from "../support/program.ts";
import { auditFromNow, rightsGranted } from "./audited-requests.ts";
import type { AuditedRequest } from "./audited-requests.ts";
import {
  installedCluster,
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { manifestsPath, render } from "./rendered.ts";
import type { Manifest } from "./rendered.ts";

describe("the rights that the manifests give", function () {
  this.timeout(90_000);
  const namespace = `rights-${randomBytes(4).toString("hex")}`;
  let cluster: InstalledCluster;
  let manifests: readonly Manifest[];
  let seen: () => Promise<AuditedRequest[]>;

  before(async function () {
    cluster = await installedCluster(this);
    const { controlPlane } = cluster;
    manifests = await render(controlPlane, manifestsPath("overlays/kourier"));
    await createNamespace(controlPlane.kubeConfig, namespace);
    seen = await auditFromNow(controlPlane);
  });

  /** What the account asked for must be what it was given: nothing missing, nothing left over. */
  async function expectExactly(account: string): Promise<void> {
    const requests = (await seen()).filter((one) => one.account === account);
    const refused = requests.filter(({ authorized }) => !authorized);
    expect(refused, "asked for without the right to").to.deep.equal([]);
    const used = new Set(requests.map(({ right }) => right));
    expect([...rightsGranted(manifests, account)]).to.have.members([...used]);
  }

  async function claims(): Promise<V1PersistentVolumeClaim[]> {
    const { body } = await cluster.admin({
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

  async function kubeconfigOf(account: string): Promise<string> {
    const { controlPlane } = cluster;
    return controlPlane.kubeconfigFor(
      await controlPlane.tokenFor(NAMESPACE, account),
    );
  }

  it("are all that the function needs, and no more", async () => {
    // A claim for a Pod, through the API server.
    await succeed(
      cluster.controlPlane,
      ["create", "-n", namespace, "-f", "-"],
      JSON.stringify(aDeployment("web", 1)),
    );
    await allBound(1);
    // The claim of a Pod that is never stored, and the same request once more, which finds it.
    const review = aReview(aRequest(aPod(), { uid: "twice", namespace }));
    const { caPem, url } = cluster.running;
    expect(await post(url, caPem, review)).to.equal(200);
    expect(await post(url, caPem, review)).to.equal(200);
    await allBound(2);
    // The first of two claims is taken back when the second cannot be had.
    const own = claimsOn(await cluster.as(NAMESPACE, "function"));
    const claim = buildClaim(
      {
        volume: "cache",
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          storageClassName: "",
        },
        lifeCycle: {},
      },
      {
        requestUid: "taken-back",
        namespace,
        podName: "web",
        controller: undefined,
      },
    );
    await own.remove(await own.ensure(claim, performance.now() + 10_000));
    await allBound(2);
    await expectExactly("function");
  });

  it("are all that the janitor needs, and no more", async () => {
    await allBound(2);
    const janitor = startProgram("janitor/main.ts", {
      args: ["--grace-period=0s", "--unsafe-grace-period"],
      env: { KUBECONFIG: await kubeconfigOf("janitor") },
    });
    expect(await janitor.exited, janitor.stderr()).to.equal(0);
    await eventually("the claim without a Pod is gone", async () => {
      const found = await claims();
      return found.length === 1;
    });
    const [claim] = await claims();
    expect(claim?.metadata?.ownerReferences).to.have.lengthOf(1);
    const { body } = await cluster.admin({
      method: "GET",
      path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      timeoutMs: 5_000,
    });
    expect(
      (body as { items: { reason?: string }[] }).items.map(
        ({ reason }) => reason,
      ),
    ).to.include("ClaimDeleted");
    await expectExactly("janitor");
  });

  it("are all that the certificates command needs, and no more", async () => {
    const KUBECONFIG = await kubeconfigOf("certificates");
    const job = manifests.find(({ kind }) => kind === "Job") as unknown as {
      spec: { template: { spec: { containers: { args: string[] }[] } } };
    };
    const [, ...args] = job.spec.template.spec.containers[0]?.args ?? [];
    const problems: string[] = [];
    const run = async (...more: string[]): Promise<number> =>
      await runCertificates(
        [...args, ...more],
        { KUBECONFIG },
        { out: () => undefined, problem: (line) => problems.push(line) },
      );
    try {
      expect(await run(), problems.join("\n")).to.equal(0);
      expect(await run("--renew=certificate"), problems.join("\n")).to.equal(0);
    } finally {
      await cluster.pointWebhookAt();
    }
    await expectExactly("certificates");
    const named = (await seen()).filter(
      ({ account, right }) =>
        account === "certificates" &&
        right.endsWith(".admissionregistration.k8s.io"),
    );
    expect(new Set(named.map(({ name }) => name))).to.deep.equal(
      new Set([WEBHOOK_CONFIGURATION]),
    );
  });
});

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

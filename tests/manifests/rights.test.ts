import { randomBytes } from "node:crypto";
import { request } from "node:https";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { TEMPLATE_DATA_SOURCE } from "../../functions/well-known.ts";
import { runCertificates } from "../../janitor/certificates/command.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { installSnapshots } from "../control-plane/snapshots.ts";
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
import { auditFromNow, rightsGranted } from "./audited-requests.ts";
import type { AuditedRequest } from "./audited-requests.ts";
import {
  installedCluster,
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { kustomizationOf, manifestsPath, render } from "./rendered.ts";
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
  async function expectExactly(
    account: string,
    granted = rightsGranted(manifests, account),
  ): Promise<void> {
    const requests = (await seen()).filter((one) => one.account === account);
    const refused = requests.filter(({ authorized }) => !authorized);
    expect(refused, "asked for without the right to").to.deep.equal([]);
    const used = new Set(requests.map(({ right }) => right));
    expect([...granted]).to.have.members([...used]);
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

  async function limitClaimsTo(count: number): Promise<void> {
    const { controlPlane } = cluster;
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
    // The first of two claims is taken back when the quota has no room for the second.
    await limitClaimsTo(3);
    const { stderr } = await cluster.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-"],
      { input: JSON.stringify(aPodOfTwo()) },
    );
    expect(stderr).to.include("exceeded quota: room");
    await allBound(2);
    // What a volume starts from is looked up in a dry run, too.
    const snapshots = await installSnapshots(cluster.controlPlane);
    await snapshots.set(namespace, "nightly", { readyToUse: true });
    for (const source of ["VolumeSnapshot/nightly", "VolumeSnapshot?!draft"])
      await succeed(
        cluster.controlPlane,
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
    await expectExactly("function");
  });

  it("are all that the janitor needs, and no more", async () => {
    await allBound(2);
    const janitor = startProgram(JANITOR, {
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

  /** Runs what the Job of these manifests runs, by its account: once as it is, and once with `more` flags. */
  async function runJob(
    of: readonly Manifest[],
    ...more: string[]
  ): Promise<void> {
    const KUBECONFIG = await kubeconfigOf("certificates");
    const job = of.find(({ kind }) => kind === "Job") as unknown as {
      spec: { template: { spec: { containers: { args: string[] }[] } } };
    };
    const [, ...args] = job.spec.template.spec.containers[0]?.args ?? [];
    const problems: string[] = [];
    const run = async (flags: readonly string[]): Promise<number> =>
      await runCertificates(
        [...args, ...flags],
        { KUBECONFIG },
        { out: () => undefined, problem: (line) => problems.push(line) },
      );
    // As it is installed: without a token in its path.
    await cluster.pointWebhookAt(new URL("/", cluster.running.url).href);
    try {
      expect(await run([]), problems.join("\n")).to.equal(0);
      expect(await run(more), problems.join("\n")).to.equal(0);
    } finally {
      await cluster.pointWebhookAt();
    }
  }

  it("are all that the certificates command needs, and no more", async () => {
    await runJob(manifests, "--renew=certificate");
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

  it("are all that the certificates command needs with cert-manager, and no more", async () => {
    const { controlPlane } = cluster;
    const withCertManager = await render(
      controlPlane,
      await kustomizationOf(controlPlane, "overlays/kourier", [
        "components/cert-manager",
      ]),
    );
    const applyRole = (of: readonly Manifest[]): Promise<string> =>
      succeed(
        controlPlane,
        ["apply", "-f", "-"],
        JSON.stringify(of.find(isRoleOfCertificates)),
      );
    await succeed(controlPlane, [
      "delete",
      "secret",
      "webhook-token",
      `--namespace=${NAMESPACE}`,
    ]);
    seen = await auditFromNow(controlPlane);
    await applyRole(withCertManager);
    try {
      await runJob(withCertManager, "--renew=token");
    } finally {
      await applyRole(manifests);
    }
    await expectExactly(
      "certificates",
      rightsGranted(withCertManager, "certificates"),
    );
  });
});

function isRoleOfCertificates({ kind, metadata }: Manifest): boolean {
  return kind === "Role" && metadata?.name === "certificates";
}

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

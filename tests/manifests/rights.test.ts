import { randomBytes } from "node:crypto";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  LEASE_REQUEST_ANNOTATION,
  REUSE,
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_ON_MISS,
  TEMPLATE_POOL,
  TEMPLATE_RETENTION,
  USES_ANNOTATION,
  WAIT,
} from "../../functions/contract/keys.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { installSnapshots } from "../integration/data-sources/snapshots.ts";
import { aBarePod, aDeployment } from "../support/admission-suite.ts";
import {
  aPod,
  aRequest,
  aReview,
  cacheAnnotations,
} from "../support/builders.ts";
import { JANITOR } from "../support/built-programs.ts";
import { eventually } from "../support/eventually.ts";
import { startProgram } from "../support/program.ts";
import { statusOf } from "../support/webhook-call.ts";
import { auditFromNow, rightsGranted } from "./audited-requests.ts";
import type { AuditedRequest } from "./audited-requests.ts";
import { runCertificatesJob } from "./certificates-job.ts";
import {
  installedCluster,
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
  words,
} from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { find, kustomizationOf, render } from "./rendered.ts";
import type { Manifest } from "./rendered.ts";

/** In the order of the titles: the janitor finds what the function has left, the last test deletes a Secret that another has created. */
describe("the rights that the manifests give", function () {
  this.timeout(90_000);
  const namespace = `rights-${randomBytes(4).toString("hex")}`;
  let cluster: InstalledCluster;
  let manifests: readonly Manifest[];
  /** What our accounts asked for since the test began. */
  let seen: () => Promise<AuditedRequest[]>;

  before(async function () {
    cluster = await installedCluster(this);
    manifests = await renderWith();
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
  });

  beforeEach(async () => {
    seen = await auditFromNow(cluster.controlPlane);
  });

  async function renderWith(
    ...components: "components/cert-manager"[]
  ): Promise<Manifest[]> {
    const { controlPlane } = cluster;
    return await render(
      controlPlane,
      await kustomizationOf(controlPlane, "overlays/kourier", components),
    );
  }

  /** Expects that the account used each right that it has, and asked for no other. */
  async function expectExactly(
    account: string,
    of = manifests,
  ): Promise<AuditedRequest[]> {
    const requests = (await seen()).filter((one) => one.account === account);
    expect(
      requests.filter(({ authorized }) => !authorized),
      "requests without a right",
    ).to.deep.equal([]);
    const used = new Set(requests.map(({ right }) => right));
    expect([...rightsGranted(of, account)]).to.have.members([...used]);
    return requests;
  }

  const create = (body: object, ...flags: string[]) =>
    cluster.controlPlane.kubectl(
      ["create", "--filename=-", `--namespace=${namespace}`, ...flags],
      { input: JSON.stringify(body) },
    );

  async function listed<T>(path: string): Promise<T[]> {
    const { body } = await cluster.admin({
      method: "GET",
      path,
      timeoutMs: 5_000,
    });
    return (body as { items: T[] }).items;
  }

  const claims = (): Promise<V1PersistentVolumeClaim[]> =>
    listed(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`);

  async function bound(count: number): Promise<void> {
    await eventually(`${count} claims are bound`, async () => {
      const found = await claims();
      return (
        found.length === count &&
        found.every(({ status }) => status?.phase === "Bound")
      );
    });
  }

  it("are those that the function uses, and no others", async () => {
    const { controlPlane, running } = cluster;
    await create(aDeployment("web", 1));
    await bound(1);
    // The claim of a Pod that is never stored, and the same request again, which finds it.
    const review = aReview(aRequest(aPod(), { uid: "twice", namespace }));
    for (let delivery = 0; delivery < 2; delivery += 1)
      expect(await statusOf(running.url, running.caPem, review)).to.equal(200);
    await bound(2);
    // The first of two claims is deleted again when the quota has no room for the second.
    await succeed(controlPlane, [
      ...words("create quota room --hard=persistentvolumeclaims=3"),
      `--namespace=${namespace}`,
    ]);
    await succeed(controlPlane, [
      ...words(`wait quota/room --namespace=${namespace} --timeout=20s`),
      "--for=jsonpath={.status.used.persistentvolumeclaims}",
    ]);
    const { stderr } = await create(aPodOfTwo());
    expect(stderr).to.include("exceeded quota: room");
    await bound(2);
    // A dry run looks up what a volume starts from.
    const snapshots = await installSnapshots(controlPlane);
    await snapshots.set(namespace, "nightly", { readyToUse: true });
    for (const source of ["VolumeSnapshot/nightly", "VolumeSnapshot?!draft"]) {
      const annotations = {
        ...cacheAnnotations,
        [TEMPLATE_DATA_SOURCE]: source,
      };
      const { exitCode } = await create(
        aBarePod("probe", { annotations }),
        "--dry-run=server",
      );
      expect(exitCode, source).to.equal(0);
    }
    await reuseSet();
    await expectExactly("function");
  });

  /** Two Pods of a pool, the second of which gets the set of the first. */
  async function reuseSet(): Promise<void> {
    const { controlPlane } = cluster;
    const inPool = `pool-${namespace}`;
    await createNamespace(controlPlane.kubeConfig, inPool);
    const path = `/api/v1/namespaces/${inPool}/persistentvolumeclaims`;
    const createPod = (name: string): Promise<string> =>
      succeed(
        controlPlane,
        ["create", "--filename=-", `--namespace=${inPool}`],
        JSON.stringify(
          aBarePod(name, {
            annotations: {
              ...cacheAnnotations,
              [TEMPLATE_RETENTION]: REUSE,
              [TEMPLATE_POOL]: "builds",
              // With Create an old list may hide the set.
              [TEMPLATE_ON_MISS]: WAIT,
            },
          }),
        ),
      );
    await createPod("first");
    await eventually("the claim is bound", async () => {
      const [claim] = await listed<V1PersistentVolumeClaim>(path);
      return claim?.status?.phase === "Bound";
    });
    await succeed(controlPlane, [
      ...words(`delete pod first --namespace=${inPool}`),
    ]);
    // An administrator may end the lease, which would last for a minute.
    await succeed(controlPlane, [
      ...words(`annotate persistentvolumeclaims --all --namespace=${inPool}`),
      `${LEASE_REQUEST_ANNOTATION}-`,
    ]);
    await createPod("second");
    const found = await listed<V1PersistentVolumeClaim>(path);
    expect(
      found.map(({ metadata }) => metadata?.annotations?.[USES_ANNOTATION]),
    ).to.deep.equal(["2"]);
  }

  it("are those that the janitor uses, and no others", async () => {
    const { controlPlane } = cluster;
    const token = await controlPlane.tokenFor(NAMESPACE, "janitor");
    const janitor = startProgram(JANITOR, {
      args: ["--grace-period=0s", "--unsafe-grace-period"],
      env: { KUBECONFIG: controlPlane.kubeconfigFor(token) },
    });
    expect(await janitor.exited, janitor.stderr()).to.equal(0);
    const [claim] = await eventually(
      "the claim without a Pod is gone",
      async () => {
        const found = await claims();
        return found.length === 1 && found;
      },
    );
    expect(claim?.metadata?.ownerReferences).to.have.lengthOf(1);
    const events = await listed<{ reason?: string }>(
      `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
    );
    expect(events.map(({ reason }) => reason)).to.include("ClaimDeleted");
    await expectExactly("janitor");
  });

  /** Runs the CronJob's command on the configuration as it is installed, without a token in its path: as it is, and with a flag. */
  async function runTwice(
    of: readonly Manifest[],
    flag: string,
  ): Promise<void> {
    await cluster.pointWebhookAt(new URL("/", cluster.running.url).href);
    try {
      await runCertificatesJob(cluster.controlPlane, of);
      await runCertificatesJob(cluster.controlPlane, of, flag);
    } finally {
      await cluster.pointWebhookAt();
    }
  }

  it("are those that the certificates command uses, and no others: of the webhook configurations only ours", async () => {
    await runTwice(manifests, "--renew=certificate");
    const names = (await expectExactly("certificates"))
      .filter(({ right }) => right.endsWith(".admissionregistration.k8s.io"))
      .map(({ name }) => name);
    expect([...new Set(names)]).to.deep.equal([WEBHOOK_CONFIGURATION]);
    const { rules = [] } = find(
      manifests,
      "ClusterRole",
      "stateful-deployments-certificates",
    ) as { rules?: { resourceNames?: string[] }[] };
    expect(rules[0]?.resourceNames).to.deep.equal([WEBHOOK_CONFIGURATION]);
  });

  it("are those that the certificates command uses with cert-manager, and no others", async () => {
    const withCertManager = await renderWith("components/cert-manager");
    const applyRole = (of: readonly Manifest[]): Promise<void> =>
      cluster.apply(find(of, "Role", "certificates"));
    await succeed(
      cluster.controlPlane,
      words(`delete secret webhook-token --namespace=${NAMESPACE}`),
    );
    await applyRole(withCertManager);
    try {
      await runTwice(withCertManager, "--renew=token");
    } finally {
      await applyRole(manifests);
    }
    await expectExactly("certificates", withCertManager);
  });
});

/** Without a class, so that its claims get no volume before the function deletes them again. */
function aPodOfTwo(): V1Pod {
  const names = ["data", "wal"];
  const templates = names.map((name) => ({
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
    mounts: names,
  });
}

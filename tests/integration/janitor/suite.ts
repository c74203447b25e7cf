import { randomBytes } from "node:crypto";
import {
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type {
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1PodSpec,
  V1Volume,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { claimName } from "../../../functions/contract/claim-name.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  REQUEST_UID_ANNOTATION,
  REQUESTED_AT_ANNOTATION,
  TEMPLATE_NAME,
} from "../../../functions/contract/keys.ts";
import type { SweepReport } from "../../../janitor/actions/outcome.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { eventually } from "../../support/eventually.ts";
import {
  sharedControlPlaneWithNodes,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";
import { reasonsOf, sweepOn } from "./runs.ts";

/** The annotation that Kubernetes sets when a claim has its volume. */
export const BOUND = { "pv.kubernetes.io/bind-completed": "yes" };

let created = 0;

/** Creates a claim as the function does, with more metadata if given. */
export async function createClaim(
  { kubeConfig }: ControlPlane,
  namespace: string,
  { labels, annotations, ...metadata }: V1ObjectMeta = {},
): Promise<string> {
  created += 1;
  const requestUid = `request-${created}`;
  const claim = await kubeConfig
    .makeApiClient(CoreV1Api)
    .createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: {
          name: claimName("web-", "cache", requestUid),
          labels: {
            [MANAGED_LABEL]: MANAGED_VALUE,
            [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
            [TEMPLATE_NAME]: "cache",
            ...labels,
          },
          annotations: {
            [REQUEST_UID_ANNOTATION]: requestUid,
            [REQUESTED_AT_ANNOTATION]: new Date().toISOString(),
            ...annotations,
          },
          ...metadata,
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
        },
      },
    });
  return claim.metadata?.name ?? "";
}

/** What a test says of a Pod that uses a claim. */
interface PodSettings extends V1ObjectMeta {
  /** Without the labels of the function. */
  readonly byHand?: boolean;
  readonly volume?: V1Volume;
  readonly spec?: Partial<V1PodSpec>;
}

/** The janitor's tests in one namespace: what they create there, and what they find. */
export class JanitorSuite {
  controlPlane!: ControlPlane;
  core!: CoreV1Api;
  namespace!: string;
  /** With which the janitor sweeps. */
  kubeconfig!: string;

  createClaim(
    metadata?: V1ObjectMeta,
    namespace = this.namespace,
  ): Promise<string> {
    return createClaim(this.controlPlane, namespace, metadata);
  }

  createClaims(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.createClaim()));
  }

  /** Creates a Pod that uses the claim; returns its uid. */
  async createPod(
    name: string,
    claim: string,
    {
      byHand = false,
      volume = { name: "cache", persistentVolumeClaim: { claimName: claim } },
      spec,
      ...metadata
    }: PodSettings = {},
  ): Promise<string | undefined> {
    const pod = await this.core.createNamespacedPod({
      namespace: this.namespace,
      body: {
        metadata: {
          name,
          ...(!byHand && {
            labels: { "volume-claim/name": claim, "volume-claim/cache": claim },
          }),
          ...metadata,
        },
        spec: {
          containers: [
            {
              name: "app",
              image: "app:1",
              volumeMounts: [{ name: volume.name, mountPath: "/cache" }],
            },
          ],
          volumes: [volume],
          terminationGracePeriodSeconds: 0,
          ...spec,
        },
      },
    });
    return pod.metadata?.uid;
  }

  async deletePod(name: string): Promise<void> {
    const { namespace } = this;
    await this.core.deleteNamespacedPod({
      namespace,
      name,
      gracePeriodSeconds: 0,
    });
  }

  async deleteClaim(name: string): Promise<void> {
    const { namespace } = this;
    await this.core.deleteNamespacedPersistentVolumeClaim({ namespace, name });
  }

  /** Merges `metadata` into that of a claim. */
  async patchClaim(name: string, metadata: object): Promise<void> {
    const { namespace } = this;
    await this.core.patchNamespacedPersistentVolumeClaim(
      { namespace, name, body: { metadata } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }

  /** Runs `kubectl annotate` on a claim; `key-` takes one away. */
  async annotate(claim: string, annotation: string): Promise<void> {
    const { exitCode, stderr } = await this.controlPlane.kubectl([
      "annotate",
      `--namespace=${this.namespace}`,
      "--overwrite",
      `pvc/${claim}`,
      annotation,
    ]);
    if (exitCode !== 0) throw new Error(stderr);
  }

  /** Creates a namespace whose name begins so. */
  async createNamespace(prefix: string): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString("hex")}`;
    await createNamespace(this.controlPlane.kubeConfig, name);
    return name;
  }

  async claims(namespace = this.namespace): Promise<V1PersistentVolumeClaim[]> {
    const { items } = await this.core.listNamespacedPersistentVolumeClaim({
      namespace,
    });
    return items;
  }

  async names(namespace = this.namespace): Promise<string[]> {
    const claims = await this.claims(namespace);
    return claims.map(({ metadata }) => metadata?.name ?? "");
  }

  async claimNamed(name: string): Promise<V1PersistentVolumeClaim | undefined> {
    return (await this.claims()).find(
      ({ metadata }) => metadata?.name === name,
    );
  }

  /** The metadata of a claim; empty when it is gone. */
  async metadataOf(name: string): Promise<V1ObjectMeta> {
    return (await this.claimNamed(name))?.metadata ?? {};
  }

  /** Names of the Pods that own the claim. */
  async ownersOf(claim: string): Promise<string[]> {
    const { ownerReferences = [] } = await this.metadataOf(claim);
    return ownerReferences.map(({ name }) => name);
  }

  sweep(options?: Parameters<typeof sweepOn>[2]): Promise<SweepReport> {
    return sweepOn(this.kubeconfig, this.namespace, options);
  }

  /** Sweeps, and gives the reason for each claim by its name. */
  async reasons(
    options?: Parameters<typeof sweepOn>[2],
  ): Promise<Record<string, string>> {
    return reasonsOf(await this.sweep(options));
  }
}

/** The janitor alone with an API server, behind a proxy that can inject faults. */
class LoneJanitorSuite extends JanitorSuite {
  proxy!: ApiProxy;
}

let starting: Promise<ControlPlane> | undefined;

/**
 * The control plane of the janitor's tests, an API server alone: without controllers nothing but the janitor deletes
 * anything. Claims get no finalizer, so that a deleted one is gone at once. Old revisions of claims are dropped each second
 * and not cached, so that the token of a list expires while a test waits.
 */
function janitorControlPlane(): Promise<ControlPlane> {
  starting ??= startControlPlane({
    controllers: false,
    nodes: 0,
    apiServerFlags: [
      "--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement",
      "--disable-admission-plugins=StorageObjectInUseProtection",
      "--etcd-compaction-interval=1s",
      "--watch-cache-sizes=persistentvolumeclaims#0",
    ],
  });
  return starting;
}

after(async () => {
  const controlPlane = await starting?.catch(() => undefined);
  await controlPlane?.stop();
});

/** Hooks for a suite in which the janitor is alone with an API server. Namespaces begin with `prefix`. */
export function janitorAlone(prefix: string): LoneJanitorSuite {
  const suite = new LoneJanitorSuite();
  before(async function () {
    this.timeout(startTimeoutMs);
    suite.controlPlane = await janitorControlPlane();
    suite.core = suite.controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.proxy = await startApiProxy(suite.controlPlane);
    suite.kubeconfig = suite.proxy.kubeconfigFor(suite.controlPlane.adminToken);
  });
  beforeEach(async () => {
    suite.namespace = await suite.createNamespace(prefix);
  });
  afterEach(() => suite.proxy?.reset());
  after(() => suite.proxy?.stop());
  return suite;
}

/** The janitor where Pods run, claims are bound and the garbage collector is at work. */
class JanitorBesideControllers extends JanitorSuite {
  /** Creates a claim, waits until it is Bound, and returns its name. */
  async boundClaim(annotations: Record<string, string> = {}): Promise<string> {
    const name = await this.createClaim({ annotations });
    await eventually(
      `${name} is Bound`,
      async () => (await this.claimNamed(name))?.status?.phase === "Bound",
    );
    return name;
  }

  /** Creates a Pod that uses the claim, and waits until it runs. */
  async runningPod(
    ...given: Parameters<JanitorSuite["createPod"]>
  ): Promise<void> {
    const [name] = given;
    await this.createPod(...given);
    await eventually(`${name} runs`, async () => {
      const { namespace } = this;
      const pod = await this.core.readNamespacedPod({ namespace, name });
      return pod.status?.phase === "Running";
    });
  }

  /** Waits until the claim is gone. */
  async isGone(claim: string): Promise<void> {
    await eventually(
      `${claim} is gone`,
      async () => (await this.claimNamed(claim)) === undefined,
    );
  }

  /** Waits until the garbage collector has done what was due so far: it has when another adopted claim went with its Pod. */
  async garbageCollected(): Promise<void> {
    const witness = await this.boundClaim();
    await this.runningPod("witness", witness);
    await this.sweep();
    expect(await this.ownersOf(witness)).to.deep.equal(["witness"]);
    await this.deletePod("witness");
    await this.isGone(witness);
  }
}

/** Hooks for a suite on the shared control plane, where Kubernetes' own controllers run. Namespaces begin with `prefix`. */
export function janitorBesideControllers(
  prefix: string,
): JanitorBesideControllers {
  const suite = new JanitorBesideControllers();
  before(async function () {
    suite.controlPlane = await sharedControlPlaneWithNodes(this);
    suite.core = suite.controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    suite.kubeconfig = suite.controlPlane.kubeconfigPath;
  });
  beforeEach(async () => {
    suite.namespace = await suite.createNamespace(prefix);
  });
  return suite;
}

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type {
  V1Deployment,
  V1LabelSelector,
  V1NetworkPolicy,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { findBinaries } from "../control-plane/binaries.ts";
import { runKubectl } from "../control-plane/kubectl.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { skipWithoutPrograms } from "./installed-cluster.ts";
import { kustomizationOf, render } from "./rendered.ts";
import type { Kustomization, Manifest } from "./rendered.ts";

type Labels = Readonly<Record<string, string>>;

/** A Pod that may try to call the function, by what policies know of it. */
interface Caller {
  readonly namespace: Labels;
  readonly pod: Labels;
}

const inNamespace = (name: string): Labels => ({
  "kubernetes.io/metadata.name": name,
});

/** Somebody else's Pod, which has learned the token. */
const STRANGER: Caller = {
  namespace: inNamespace("shop"),
  pod: { app: "shop" },
};

/** A Pod of the Prometheus operator. */
const PROMETHEUS: Caller = {
  namespace: inNamespace("monitoring"),
  pod: { "app.kubernetes.io/name": "prometheus" },
};

/** No network here enforces policies: what they say is read as the API describes it. */
describe("the network policies", function () {
  this.timeout(30_000);
  let directory: string;

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    directory = await mkdtemp(path.join(tmpdir(), "network-policies-"));
  });

  after(async () => {
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  for (const overlay of ["overlays/kourier", "overlays/deployment"] as const)
    it(`of ${overlay} are about the function's Pods, and about no other of ours`, async () => {
      const manifests = await manifestsOf(overlay, ["components/monitoring"]);
      const templates = manifests.flatMap((one) => {
        const spec = one["spec"] as {
          template?: { metadata: { labels: Labels } };
          jobTemplate?: {
            spec: { template: { metadata: { labels: Labels } } };
          };
        };
        const template = spec?.jobTemplate?.spec.template ?? spec?.template;
        return template ? [template.metadata.labels] : [];
      });
      expect(templates).to.have.length(3);
      const policies = policiesIn(manifests);
      expect(policies).to.have.length(2);
      for (const { spec } of policies) {
        expect(
          templates
            .filter((labels) => selects(spec?.podSelector, labels))
            .map((labels) => labels["app.kubernetes.io/component"]),
        ).to.deep.equal(["function"]);
        expect(spec?.policyTypes).to.deep.equal(["Ingress"]);
      }
    });

  it("of overlays/kourier let the gateway, the activator and the autoscaler of Knative's own manifests in, to the ports that each needs", async () => {
    const policies = policiesIn(await manifestsOf("overlays/kourier"));
    const serving = await knativeServing();
    const podOf = async (file: string, name: string): Promise<Labels> =>
      podLabels(await readFile(path.join(serving, file), "utf8"), name);
    const callers = {
      gateway: {
        namespace: inNamespace("kourier-system"),
        pod: await podOf(
          "third_party/kourier-latest/kourier.yaml",
          "3scale-kourier-gateway",
        ),
      },
      activator: {
        namespace: inNamespace("knative-serving"),
        pod: await podOf("config/core/deployments/activator.yaml", "activator"),
      },
      autoscaler: {
        namespace: inNamespace("knative-serving"),
        pod: await podOf(
          "config/core/deployments/autoscaler.yaml",
          "autoscaler",
        ),
      },
    };
    expect(reached(policies, callers.gateway)).to.deep.equal([
      8012, 8013, 8112,
    ]);
    expect(reached(policies, callers.activator)).to.deep.equal([
      8012, 8013, 8112,
    ]);
    expect(reached(policies, callers.autoscaler)).to.deep.equal([9090]);
  });

  it("of overlays/kourier let nobody else in, the same labels in another namespace included", async () => {
    const policies = policiesIn(await manifestsOf("overlays/kourier"));
    for (const caller of [
      STRANGER,
      PROMETHEUS,
      { ...STRANGER, pod: { app: "3scale-kourier-gateway" } },
      { ...STRANGER, pod: { app: "activator" } },
      { namespace: inNamespace("kourier-system"), pod: { app: "other" } },
    ])
      expect(reached(policies, caller), JSON.stringify(caller)).to.deep.equal(
        [],
      );
  });

  it("of overlays/deployment open the port that the Service leads to, to whoever comes, and no other", async () => {
    const manifests = await manifestsOf("overlays/deployment");
    const deployment = manifests.find(
      ({ kind }) => kind === "Deployment",
    ) as V1Deployment;
    const port =
      deployment.spec?.template.spec?.containers[0]?.ports?.[0]?.containerPort;
    expect(reached(policiesIn(manifests), STRANGER)).to.deep.equal([port]);
  });

  it("of the monitoring component let Prometheus read the function's metrics, and nobody else, not even a Pod of a tenant with its label", async () => {
    const policies = policiesIn(
      await manifestsOf("overlays/kourier", ["components/monitoring"]),
    );
    expect(reached(policies, PROMETHEUS)).to.deep.equal([8080, 8443]);
    for (const caller of [
      STRANGER,
      { ...STRANGER, pod: PROMETHEUS.pod },
      { ...PROMETHEUS, pod: STRANGER.pod },
    ])
      expect(reached(policies, caller), JSON.stringify(caller)).to.deep.equal(
        [],
      );
  });

  async function manifestsOf(
    overlay: Kustomization,
    components: readonly Kustomization[] = [],
  ): Promise<Manifest[]> {
    const kubectl = (await findBinaries()).path("kubectl");
    return await render(
      { kubectl: (args) => runKubectl(kubectl, directory, args, {}) },
      await kustomizationOf({ directory }, overlay, components),
    );
  }
});

function policiesIn(manifests: readonly Manifest[]): V1NetworkPolicy[] {
  return manifests.filter(({ kind }) => kind === "NetworkPolicy");
}

/** The ports that the caller reaches. https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
function reached(
  policies: readonly V1NetworkPolicy[],
  { namespace, pod }: Caller,
): number[] {
  return policies
    .flatMap(({ spec }) => spec?.ingress ?? [])
    .filter(
      ({ _from: from, ...rule }) =>
        // The client's models call it _from, the manifests from.
        ((rule as { from?: typeof from }).from ?? from)?.some(
          ({ namespaceSelector, podSelector }) =>
            selects(namespaceSelector, namespace) && selects(podSelector, pod),
        ) ?? true,
    )
    .flatMap(({ ports = [] }) => ports.map(({ port }) => Number(port)))
    .toSorted((a, b) => a - b);
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: V1LabelSelector = {},
  labels: Labels,
): boolean {
  return (
    Object.entries(matchLabels).every(
      ([key, value]) => labels[key] === value,
    ) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      expect(operator).to.equal("In");
      return values.includes(labels[key] ?? "");
    })
  );
}

/** The labels of the Pods that this Deployment makes. */
function podLabels(text: string, name: string): Labels {
  const deployment = parseAllDocuments(text)
    .map((document) => document.toJS() as V1Deployment | null)
    .find((one) => one?.kind === "Deployment" && one.metadata?.name === name);
  const labels = deployment?.spec?.template.metadata?.labels;
  if (!labels) throw new Error(`no Deployment ${name} in Knative's manifests`);
  return labels;
}

/** The directory of the module of Knative Serving in the version that `crds/go.mod` pins, with its manifests. */
async function knativeServing(): Promise<string> {
  const goMod = await readFile(
    path.join(import.meta.dirname, "crds/go.mod"),
    "utf8",
  );
  const version = /^\tknative\.dev\/serving (v\S+)$/m.exec(goMod)?.[1];
  const { stdout } = await promisify(execFile)(
    "go",
    ["mod", "download", "-json", `knative.dev/serving@${version}`],
    { cwd: tmpdir(), env: { ...process.env, GOWORK: "off", GOFLAGS: "" } },
  );
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
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
import {
  find,
  kustomize,
  OVERLAYS,
  podTemplates,
  renderOf,
} from "./rendered.ts";
import type { Manifest } from "./rendered.ts";

type Labels = Readonly<Record<string, string>>;

/** A Pod that calls the function, as policies select it. */
interface Caller {
  readonly namespace: Labels;
  readonly pod: Labels;
}

const inNamespace = (name: string): Labels => ({
  "kubernetes.io/metadata.name": name,
});

/** A Pod of a user. */
const STRANGER: Caller = {
  namespace: inNamespace("shop"),
  pod: { app: "shop" },
};

/** A Pod of the Prometheus operator. */
const PROMETHEUS: Caller = {
  namespace: inNamespace("monitoring"),
  pod: { "app.kubernetes.io/name": "prometheus" },
};

/** The tests evaluate the policies as the API describes it. tests/e2e/network/policies.e2e.ts shows them on a network that enforces them. */
describe("the network policies", function () {
  this.timeout(30_000);
  const kubectl = kustomize();
  let kourier: V1NetworkPolicy[];

  before(async () => {
    kourier = policiesIn(await renderOf(kubectl, "overlays/kourier"));
  });

  for (const overlay of OVERLAYS)
    it(`of ${overlay} select the function's Pods, and no other Pods of ours`, async () => {
      const manifests = await renderOf(kubectl, overlay, [
        "components/monitoring",
      ]);
      const labels = podTemplates(manifests).map(
        ({ metadata }) => metadata?.labels ?? {},
      );
      expect(labels).to.have.length(3);
      const policies = policiesIn(manifests);
      expect(policies).to.have.length(2);
      for (const { spec } of policies) {
        expect(
          labels
            .filter((one) => selects(spec?.podSelector, one))
            .map((one) => one["app.kubernetes.io/component"]),
        ).to.deep.equal(["function"]);
        expect(spec?.policyTypes).to.deep.equal(["Ingress"]);
      }
    });

  it("of overlays/kourier allow the gateway, the activator and the autoscaler of Knative's own manifests, to the ports that each needs", async function () {
    this.timeout(150_000); // The first run downloads the module.
    const serving = await knativeServing();
    const podOf = async (file: string, name: string): Promise<Labels> =>
      podLabels(await readFile(path.join(serving, file), "utf8"), name);
    const gateway = {
      namespace: inNamespace("kourier-system"),
      pod: await podOf(
        "third_party/kourier-latest/kourier.yaml",
        "3scale-kourier-gateway",
      ),
    };
    const knative = async (name: string): Promise<Caller> => ({
      namespace: inNamespace("knative-serving"),
      pod: await podOf(`config/core/deployments/${name}.yaml`, name),
    });
    const ports = [8012, 8013, 8112];
    expect(reached(kourier, gateway)).to.deep.equal(ports);
    expect(reached(kourier, await knative("activator"))).to.deep.equal(ports);
    expect(reached(kourier, await knative("autoscaler"))).to.deep.equal([9090]);
  });

  it("of overlays/kourier allow no other Pod, not even one with these labels in another namespace", () => {
    expectClosed(kourier, [
      STRANGER,
      PROMETHEUS,
      { ...STRANGER, pod: { app: "3scale-kourier-gateway" } },
      { ...STRANGER, pod: { app: "activator" } },
      { namespace: inNamespace("kourier-system"), pod: { app: "other" } },
    ]);
  });

  it("of overlays/deployment open the port of the Service to everybody, and no other port", async () => {
    const manifests = await renderOf(kubectl, "overlays/deployment");
    const { spec } = find(manifests, "Deployment", "function") as V1Deployment;
    const port = spec?.template.spec?.containers[0]?.ports?.[0]?.containerPort;
    expect(reached(policiesIn(manifests), STRANGER)).to.deep.equal([port]);
  });

  it("of the monitoring component allow Prometheus, and no Pod of a tenant with its label", async () => {
    const policies = policiesIn(
      await renderOf(kubectl, "overlays/kourier", ["components/monitoring"]),
    );
    expect(reached(policies, PROMETHEUS)).to.deep.equal([8080, 8443]);
    expectClosed(policies, [
      STRANGER,
      { ...STRANGER, pod: PROMETHEUS.pod },
      { ...PROMETHEUS, pod: STRANGER.pod },
    ]);
  });
});

/** Expects that none of the callers reaches a port. */
function expectClosed(
  policies: readonly V1NetworkPolicy[],
  callers: readonly Caller[],
): void {
  for (const caller of callers)
    expect(reached(policies, caller), JSON.stringify(caller)).to.deep.equal([]);
}

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
    path.join(import.meta.dirname, "../support/crds/go.mod"),
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

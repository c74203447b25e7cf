import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type {
  V1CronJob,
  V1LabelSelector,
  V1MutatingWebhookConfiguration,
  V1PodSpec,
  V1Role,
  V1ValidatingAdmissionPolicy,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { findBinaries } from "../control-plane/binaries.ts";
import { runKubectl } from "../control-plane/kubectl.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { NAMESPACE, skipWithoutPrograms } from "./installed-cluster.ts";
import { kustomizationOf, render } from "./rendered.ts";
import type { Kustomization, Manifest } from "./rendered.ts";

/** What has to run before the function can answer, in every installation. */
const SPARED = ["kube-system", "knative-serving", "kourier-system", NAMESPACE];

const CASES: readonly {
  readonly components: readonly Kustomization[];
  readonly spared: readonly string[];
}[] = [
  { components: [], spared: SPARED },
  {
    components: ["components/cert-manager"],
    spared: [...SPARED, "cert-manager"],
  },
];

describe("the cert-manager component", function () {
  this.timeout(30_000);
  let directory: string;

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    directory = await mkdtemp(path.join(tmpdir(), "cert-manager-"));
  });

  after(async () => {
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  for (const { components, spared } of CASES)
    it(`overlays/kourier with ${components.join() || "no component"} spare the same namespaces in webhook, early feedback and the function's fence`, async () => {
      const manifests = await kourierWith(components);
      const { webhooks = [] } = find(
        manifests,
        "MutatingWebhookConfiguration",
        "10-stateful-deployments",
      ) as V1MutatingWebhookConfiguration;
      const policy = (name: string): V1ValidatingAdmissionPolicy["spec"] =>
        (
          find(
            manifests,
            "ValidatingAdmissionPolicy",
            name,
          ) as V1ValidatingAdmissionPolicy
        ).spec;
      const feedback = policy("stateful-deployments-templates");
      const list = policy("stateful-deployments-function")?.variables?.find(
        ({ name }) => name === "sparedNamespaces",
      )?.expression;

      expect(namesIn(webhooks[0]?.namespaceSelector)).to.deep.equal(spared);
      expect(
        namesIn(feedback?.matchConstraints?.namespaceSelector),
      ).to.deep.equal(spared);
      // A list of strings is the same in CEL as in JSON, up to the quotes.
      expect(JSON.parse((list ?? "[]").replaceAll("'", '"'))).to.deep.equal(
        spared,
      );
    });

  it("leaves the account of the certificates the Secret of the token alone", async () => {
    const role = find(
      await kourierWith(["components/cert-manager"]),
      "Role",
      "certificates",
    ) as V1Role;
    expect(role.rules).to.deep.equal([
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["webhook-token"],
        verbs: ["get", "patch"],
      },
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    ]);
  });

  it("lets the CronJob make the token alone", async () => {
    const manifests = await kourierWith(["components/cert-manager"]);
    const cronJob = find(manifests, "CronJob", "certificates") as V1CronJob;
    expect(argsOf(cronJob.spec?.jobTemplate.spec?.template.spec)).to.deep.equal(
      ["certificates", "--only-token"],
    );
  });

  it("keeps the authority's key, so that old and new verify each other's certificates", async () => {
    const authority = find(
      await kourierWith(["components/cert-manager"]),
      "Certificate",
      "webhook-ca",
    ) as { spec?: { isCA?: boolean; privateKey?: object } };
    expect(authority.spec).to.include({ isCA: true });
    expect(authority.spec?.privateKey).to.include({ rotationPolicy: "Never" });
  });

  async function kourierWith(
    components: readonly Kustomization[],
  ): Promise<Manifest[]> {
    const kubectl = (await findBinaries()).path("kubectl");
    return await render(
      { kubectl: (args) => runKubectl(kubectl, directory, args, {}) },
      await kustomizationOf({ directory }, "overlays/kourier", components),
    );
  }
});

function find(
  manifests: readonly Manifest[],
  kind: string,
  name: string,
): object {
  const found = manifests.find(
    (one) => one.kind === kind && one.metadata?.name === name,
  );
  if (!found) throw new Error(`no ${kind} ${name} in the manifests`);
  return found;
}

function namesIn(selector: V1LabelSelector | undefined): string[] | undefined {
  const [requirement, ...others] = selector?.matchExpressions ?? [];
  expect(others).to.deep.equal([]);
  expect(requirement).to.include({
    key: "kubernetes.io/metadata.name",
    operator: "NotIn",
  });
  return requirement?.values;
}

function argsOf(pod: V1PodSpec | undefined): string[] | undefined {
  return pod?.containers[0]?.args;
}

import type {
  V1CronJob,
  V1LabelSelector,
  V1MutatingWebhookConfiguration,
  V1Role,
  V1ValidatingAdmissionPolicy,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { NAMESPACE } from "./installed-cluster.ts";
import { COMPONENTS, find, kustomize, OVERLAYS, renderOf } from "./rendered.ts";
import type { Manifest } from "./rendered.ts";

/** What has to run before the function can answer. */
const SPARED = ["kube-system", "knative-serving", "kourier-system", NAMESPACE];

const LAST_SUCCESS = "kube_cronjob_status_last_successful_time";

describe("the components", function () {
  this.timeout(30_000);
  const kubectl = kustomize();
  let withCertManager: Manifest[];

  before(async () => {
    withCertManager = await renderOf(kubectl, "overlays/kourier", [
      "components/cert-manager",
    ]);
  });

  for (const [title, more] of [
    ["no component", []],
    ["cert-manager", ["cert-manager"]],
  ] as const)
    it(`with ${title}, webhook, early feedback and the policy about the function spare the same namespaces`, async () => {
      const spared = [...SPARED, ...more];
      const manifests =
        more.length > 0
          ? withCertManager
          : await renderOf(kubectl, "overlays/kourier");
      const { webhooks = [] } = find(
        manifests,
        "MutatingWebhookConfiguration",
        "10-stateful-deployments",
      ) as V1MutatingWebhookConfiguration;
      expect(namesIn(webhooks[0]?.namespaceSelector)).to.deep.equal(spared);
      const [feedback, ofFunction] = ["templates", "function"].map(
        (name) =>
          (
            find(
              manifests,
              "ValidatingAdmissionPolicy",
              `stateful-deployments-${name}`,
            ) as V1ValidatingAdmissionPolicy
          ).spec,
      );
      expect(
        namesIn(feedback?.matchConstraints?.namespaceSelector),
      ).to.deep.equal(spared);
      const list = ofFunction?.variables?.find(
        ({ name }) => name === "sparedNamespaces",
      )?.expression;
      // A list of strings is the same in CEL as in JSON, up to the quotes.
      expect(JSON.parse((list ?? "[]").replaceAll("'", '"'))).to.deep.equal(
        spared,
      );
    });

  for (const overlay of OVERLAYS)
    it(`put objects into our namespace and that of the gateway only, with ${overlay}`, async () => {
      const manifests = await renderOf(kubectl, overlay, COMPONENTS);
      const namespaces = new Set(
        manifests.flatMap(({ metadata }) => metadata?.namespace ?? []),
      );
      expect([...namespaces]).to.have.members(
        overlay === "overlays/kourier"
          ? [NAMESPACE, "kourier-system"]
          : [NAMESPACE],
      );
    });

  it("cert-manager leaves only the Secret of the token to the certificates account", () => {
    const { rules } = find(withCertManager, "Role", "certificates") as V1Role;
    expect(rules).to.deep.equal([
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["webhook-token"],
        verbs: ["get", "patch"],
      },
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    ]);
  });

  it("cert-manager leaves only the token to the CronJob", () => {
    const { spec } = find(
      withCertManager,
      "CronJob",
      "certificates",
    ) as V1CronJob;
    expect(
      spec?.jobTemplate.spec?.template.spec?.containers[0]?.args,
    ).to.deep.equal(["certificates", "--only-token"]);
  });

  it("cert-manager keeps the authority's key, so that old and new verify each other's certificates", () => {
    const { spec } = find(withCertManager, "Certificate", "webhook-ca") as {
      spec?: { isCA?: boolean; privateKey?: object };
    };
    expect(spec).to.include({ isCA: true });
    expect(spec?.privateKey).to.include({ rotationPolicy: "Never" });
  });

  for (const [alert, cronJob] of [
    ["JanitorNotSweeping", "janitor"],
    ["CertificatesNotRenewed", "certificates"],
  ])
    it(`monitoring's alert ${alert} counts from the CronJob's creation until its first success`, async () => {
      const { spec } = find(
        await renderOf(kubectl, "overlays/kourier", ["components/monitoring"]),
        "PrometheusRule",
        "stateful-deployments",
      ) as {
        spec: { groups: { rules: { alert: string; expr: string }[] }[] };
      };
      const expr = spec.groups
        .flatMap(({ rules }) => rules)
        .find((rule) => rule.alert === `StatefulDeployments${alert}`)
        ?.expr.replaceAll(/\s+/g, " ");
      const of = `{namespace="stateful-deployments",cronjob="${cronJob}"}`;
      const [, seconds] = / > (\d+) /.exec(expr ?? "") ?? [];
      const since = (metric: string): string =>
        `time() - max by (namespace, cronjob) (${metric}${of}) > ${seconds}`;
      // A comparison with a missing series has no result. "unless" binds stronger than "or".
      expect(expr).to.equal(
        `${since(LAST_SUCCESS)} or ${since("kube_cronjob_created")} unless on (namespace, cronjob) ${LAST_SUCCESS}${of}`,
      );
    });
});

function namesIn(selector: V1LabelSelector | undefined): string[] | undefined {
  const [requirement, ...others] = selector?.matchExpressions ?? [];
  expect(others).to.deep.equal([]);
  expect(requirement).to.include({
    key: "kubernetes.io/metadata.name",
    operator: "NotIn",
  });
  return requirement?.values;
}

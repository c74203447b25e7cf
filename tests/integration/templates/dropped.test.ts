import { expect } from "chai";
import { stringify } from "yaml";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import {
  aBarePod,
  admissionSuite,
  aDeployment,
  claimsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

/** As `helm template` writes it, and as it is in a cluster when Argo CD has applied it. */
const TEMPLATES = `
- metadata:
    name: cache
    namespace: production
    labels:
      app.kubernetes.io/name: search
      app.kubernetes.io/instance: search
      app.kubernetes.io/managed-by: Helm
    annotations:
      argocd.argoproj.io/tracking-id: search:apps/StatefulSet:production/search
  spec:
    accessModes: [ReadWriteOnce]
    resources:
      requests: { storage: 1Gi }
  status:
    phase: Pending
`;

describe("a template with what its claim must not inherit", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  const annotations = { [TEMPLATE_TEMPLATES]: TEMPLATES };

  it("gives whoever creates a Pod a claim without it, and a warning for each", async () => {
    const namespace = await uniqueNamespace("dropped");
    const { stderr, exitCode } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-"],
      { input: stringify(aBarePod("search", { annotations })) },
    );
    expect(exitCode, stderr).to.equal(0);
    const template = `Warning: annotation ${TEMPLATE_TEMPLATES}: template "cache":`;
    expect(stderr.trim().split("\n")).to.deep.equal([
      `${template} status is dropped: Kubernetes sets it`,
      `${template} metadata.namespace is dropped: the claim is made in the namespace of its Pod`,
      `${template} metadata.labels["app.kubernetes.io/instance"] is dropped: Argo CD deletes what carries it and is not in Git`,
      `${template} metadata.labels["app.kubernetes.io/managed-by"] is dropped: stateful-deployments sets it itself`,
      `${template} metadata.annotations["argocd.argoproj.io/tracking-id"] is dropped: Argo CD deletes what carries it and is not in Git`,
    ]);
    await expectClaimsWithoutIt(namespace, 1);
  });

  it("gives the Pods of a Deployment claims without it", async () => {
    const namespace = await uniqueNamespace("dropped");
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("search", 2, annotations),
    });
    await eventually(
      "the claims are there",
      async () => (await claimsIn(suite, namespace)).length === 2,
    );
    await expectClaimsWithoutIt(namespace, 2);
  });

  async function expectClaimsWithoutIt(
    namespace: string,
    count: number,
  ): Promise<void> {
    const claims = await claimsIn(suite, namespace);
    expect(claims).to.have.lengthOf(count);
    for (const { metadata } of claims) {
      expect(metadata?.labels).to.deep.equal({
        "app.kubernetes.io/name": "search",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        managed: "true",
        "volume-claim-template/name": "cache",
      });
      expect(metadata?.annotations).not.to.have.any.keys(
        "argocd.argoproj.io/tracking-id",
      );
    }
  }
});

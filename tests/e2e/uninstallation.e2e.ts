import { expect } from "chai";
import { apply, core, kubectl } from "./cluster.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { deleteNamespace } from "./wait.ts";
import { namespaceNamed, templateWithClaim } from "./workloads.ts";

const namespace = "e2e-uninstalled";

/** Everything that can carry our labels outside of our namespace. */
const clusterWide = [
  "mutatingwebhookconfigurations",
  "validatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "clusterroles",
  "clusterrolebindings",
  "clusterdomainclaims.networking.internal.knative.dev",
  "services",
  "namespaces",
  "persistentvolumeclaims",
];

describe("uninstallation, by the commands of docs/install.md", () => {
  after(() => deleteNamespace(namespace));

  it("leaves nothing of ours", async () => {
    for (const block of await commandsOf("Uninstall")) await runBlock(block);
    const left = await kubectl([
      "get",
      clusterWide.join(","),
      "--all-namespaces",
      "--output=name",
    ]);
    expect(
      left
        .split("\n")
        .filter((name) =>
          /stateful-deployments|kourier-system\.svc/.test(name),
        ),
    ).to.deep.equal([]);
    const claims = await kubectl([
      "get",
      "persistentvolumeclaims",
      "--all-namespaces",
      "--selector=app.kubernetes.io/managed-by=stateful-deployments",
      "--output=name",
    ]);
    expect(claims).to.equal("");
  });

  it("leaves Pods creatable, annotated ones with their emptyDir", async () => {
    await apply(namespaceNamed(namespace));
    const { metadata, spec } = templateWithClaim("left");
    if (spec === undefined) throw new Error("the template has no spec");
    const pod = await core.createNamespacedPod({
      namespace,
      body: { metadata: { ...metadata, name: "left" }, spec },
    });
    expect(pod.spec?.volumes?.[0]).to.have.property("emptyDir");
  });
});

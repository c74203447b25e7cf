import { readFile } from "node:fs/promises";
import path from "node:path";
import type { V1ServiceAccount } from "@kubernetes/client-node";
import { expect } from "chai";
import { parse } from "yaml";
import {
  find,
  kustomize,
  OVERLAYS,
  podTemplates,
  renderOf,
} from "./rendered.ts";
import type { Kustomization, Manifest } from "./rendered.ts";

/** Fields of a kustomization, as the manual shows them under a heading. */
interface Snippet {
  readonly components?: readonly string[];
  readonly [field: string]: unknown;
}

describe("the settings that docs/install.md shows", function () {
  this.timeout(30_000);
  const kubectl = kustomize();

  it("let the images come from another registry", async () => {
    const manifests = await withSnippet("Images");
    for (const { spec } of podTemplates(manifests))
      for (const { image } of spec?.containers ?? [])
        expect(image).to.match(
          /^registry\.example\.com\/stateful-deployments\//,
        );
  });

  it("keep the function running and let the janitor sweep every hour", async () => {
    const manifests = await withSnippet("Settings");
    const text = JSON.stringify(manifests);
    expect(text).to.include('"autoscaling.knative.dev/min-scale":"1"');
    expect(text).to.include('"schedule":"23 * * * *"');
  });

  it("give pull secrets to each account of ours", async () => {
    const manifests = await withSnippet("Pull secrets");
    const accounts = manifests.filter(
      ({ kind }) => kind === "ServiceAccount",
    ) as V1ServiceAccount[];
    expect(
      accounts.map(({ imagePullSecrets }) => imagePullSecrets),
    ).to.deep.equal([1, 2, 3].map(() => [{ name: "my-registry" }]));
    const used = new Set(
      podTemplates(manifests).map(({ spec }) => spec?.serviceAccountName),
    );
    expect([...used]).to.have.members(
      accounts.map(({ metadata }) => metadata?.name),
    );
  });

  it("find a gateway in another namespace", async () => {
    const text = JSON.stringify(
      await withSnippet("Another namespace, another gateway"),
    );
    expect(text).not.to.include("kourier-system");
    expect(text).to.include("stateful-deployments.knative-serving-ingress.svc");
  });

  it("work together with another namespace, which is written into the patches, too", async () => {
    const settings = await snippetUnder("Settings");
    const place = await snippetUnder("Another namespace, another gateway");
    const { components, ...more } = JSON.parse(
      JSON.stringify({ ...settings, ...place }).replaceAll(
        /(namespace(?:=|: ))stateful-deployments/g,
        "$1our-claims",
      ),
    ) as Snippet;
    const manifests = await renderWith({
      ...(components && { components }),
      ...more,
    });
    const text = JSON.stringify(manifests);
    expect(text).to.include('"autoscaling.knative.dev/min-scale":"1"');
    expect(text).to.include('"schedule":"23 * * * *"');
    expect(text).to.include('"namespace":"our-claims"');
    expect(text).not.to.include('"namespace":"stateful-deployments"');
  });

  it("add cert-manager", async () => {
    const manifests = await withSnippet("cert-manager");
    expect(manifests.map(({ kind }) => kind)).to.include("Certificate");
  });

  it("let Prometheus in from another namespace, also where ours is another", async () => {
    const monitoring = await snippetUnder("Monitoring");
    const place = await snippetUnder("Another namespace, another gateway");
    for (const snippet of [
      monitoring,
      {
        ...monitoring,
        ...place,
        components: [
          ...(monitoring.components ?? []),
          ...(place.components ?? []),
        ],
      },
    ]) {
      const { spec } = find(
        await renderWith(snippet),
        "NetworkPolicy",
        "function-metrics",
      ) as { spec: { ingress: { from: object[] }[] } };
      expect(spec.ingress[0]?.from[0]).to.deep.include({
        namespaceSelector: {
          matchLabels: { "kubernetes.io/metadata.name": "observability" },
        },
      });
    }
  });

  it("let Argo CD ignore what the certificates command writes, and nothing else", async () => {
    const { spec } = (await snippetUnder("Argo CD and Flux")) as unknown as {
      spec: { ignoreDifferences: { jqPathExpressions: string[] }[] };
    };
    const [ignored, ...others] = spec.ignoreDifferences;
    expect(others).to.deep.equal([]);
    expect(ignored).to.include({
      group: "admissionregistration.k8s.io",
      kind: "MutatingWebhookConfiguration",
      name: "10-stateful-deployments",
    });
    expect(ignored?.jqPathExpressions).to.deep.equal([
      ".webhooks[].clientConfig.caBundle",
      ".webhooks[].clientConfig.service.path",
      '.metadata.annotations["stateful-deployments.dev/written-at"]',
    ]);
  });

  for (const overlay of OVERLAYS)
    it(`leave the Pods of ${overlay} without the proxy of a mesh`, async () => {
      const templates = podTemplates(await renderOf(kubectl, overlay));
      expect(templates).to.have.length(3);
      for (const { metadata } of templates) {
        expect(metadata?.labels).to.include({
          "sidecar.istio.io/inject": "false",
        });
        expect(metadata?.annotations).to.include({
          "linkerd.io/inject": "disabled",
        });
      }
    });

  async function withSnippet(heading: string): Promise<Manifest[]> {
    const { resources: _, ...snippet } = await snippetUnder(heading);
    return await renderWith(snippet);
  }

  function renderWith({
    components = [],
    ...more
  }: Snippet): Promise<Manifest[]> {
    const names = components.map(
      (one) => one.replace("../manifests/", "") as Kustomization,
    );
    return renderOf(kubectl, "overlays/kourier", names, more);
  }
});

/** The first YAML block under this heading of the manual. Throws if there is none. */
async function snippetUnder(heading: string): Promise<Snippet> {
  const manual = await readFile(
    path.join(import.meta.dirname, "../../docs/install.md"),
    "utf8",
  );
  const section = manual
    .split(/^##+ /m)
    .find((text) => text.startsWith(`${heading}\n`));
  const block = /^```yaml\n([\s\S]*?)^```/m.exec(section ?? "")?.[1];
  if (block === undefined)
    throw new Error(`docs/install.md has no YAML under "${heading}"`);
  return parse(block) as Snippet;
}

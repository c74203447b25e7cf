import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { findBinaries } from "../control-plane/binaries.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { runKubectl } from "../control-plane/kubectl.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { NAMESPACE, skipWithoutPrograms } from "./installed-cluster.ts";
import { kustomizationOf, manifestsPath, render } from "./rendered.ts";
import type { Manifest } from "./rendered.ts";

const RBAC = "rbac.authorization.k8s.io";

/** The setting of the component. */
const PLACE = {
  configMapGenerator: [
    {
      name: "place",
      literals: ["namespace=our-claims", "gateway=their-gateway"],
    },
  ],
};

/** Somebody else's objects, of the kinds that the components change; many have the name of one of ours. */
const FOREIGN: readonly Manifest[] = [
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "certificates", namespace: "shop" },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name: "certificates",
      namespace: "shop",
      labels: { "app.kubernetes.io/name": "shop" },
    },
    spec: {
      schedule: "@daily",
      jobTemplate: {
        spec: {
          template: {
            spec: {
              restartPolicy: "Never",
              containers: [{ name: "a", image: "a", args: ["a"] }],
            },
          },
        },
      },
    },
  },
  ...[
    { name: "ci", kind: "RoleBinding" },
    { name: "certificates", kind: "RoleBinding" },
    { name: "ci", kind: "ClusterRoleBinding" },
  ].map(({ name, kind }) => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { name, ...(kind === "RoleBinding" && { namespace: "shop" }) },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "ci" },
    subjects: [{ kind: "ServiceAccount", name: "ci", namespace: "ci" }],
  })),
  {
    apiVersion: "serving.knative.dev/v1beta1",
    kind: "DomainMapping",
    metadata: { name: "www.example.com", namespace: "shop" },
    spec: {
      ref: { apiVersion: "serving.knative.dev/v1", kind: "Service", name: "a" },
    },
  },
  {
    apiVersion: "networking.internal.knative.dev/v1alpha1",
    kind: "ClusterDomainClaim",
    metadata: { name: "www.example.com" },
    spec: { namespace: "shop" },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "stateful-deployments", namespace: "shop" },
    spec: { selector: { app: "a" } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "function", namespace: "shop" },
    spec: {
      podSelector: {},
      ingress: [
        {
          from: [
            {
              namespaceSelector: {
                matchLabels: { "kubernetes.io/metadata.name": "shop" },
              },
            },
          ],
        },
      ],
    },
  },
  {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: "webhook-certificate", namespace: "shop" },
    spec: { dnsNames: ["a.shop.svc", "b.shop.svc"], secretName: "a" },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: {
      name: "shop",
      annotations: { "cert-manager.io/inject-ca-from": "shop/a" },
    },
    webhooks: [
      {
        clientConfig: { service: { name: "a", namespace: "shop" } },
        name: "a",
      },
    ],
  },
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: { name: "function", namespace: "shop" },
    spec: {
      podMetricsEndpoints: [
        { port: "a" },
        { port: "b", tlsConfig: { serverName: "function.shop.svc" } },
      ],
    },
  },
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "stateful-deployments", namespace: "shop" },
    spec: {
      groups: [
        {
          name: "a",
          rules: [
            "StatefulDeploymentsJanitorNotSweeping",
            "StatefulDeploymentsCertificatesNotRenewed",
          ].map((alert) => ({
            alert,
            expr: 'a{namespace="a"} + b{namespace="b"} + c{namespace="c"}',
          })),
        },
      ],
    },
  },
];

/** Components that add places, and the field by which each sees that it comes too late. */
const LATE = [
  {
    component: "components/cert-manager",
    path: "/spec/variables/0/expression",
  },
  { component: "components/monitoring", path: "/subjects/0/namespace" },
] as const;

/** A target of a replacement. */
interface Target {
  readonly select: { kind?: string; name?: string; namespace?: string };
}

describe("the component place", function () {
  this.timeout(60_000);
  let rendering: Pick<ControlPlane, "directory" | "kubectl">;

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    const kubectl = (await findBinaries()).path("kubectl");
    const directory = await mkdtemp(path.join(tmpdir(), "place-"));
    rendering = {
      directory,
      kubectl: (args) => runKubectl(kubectl, directory, args, {}),
    };
  });

  after(async () => {
    if (rendering)
      await rm(rendering.directory, { recursive: true, force: true });
  });

  it("selects each object by its plain name: older versions of Kustomize take a regular expression literally, find nothing, and say nothing", async () => {
    const { replacements } = parse(
      await readFile(
        path.join(manifestsPath("components/place"), "kustomization.yaml"),
        "utf8",
      ),
    ) as { replacements: { targets: Target[] }[] };
    const selects = replacements.flatMap(({ targets }) =>
      targets.map(({ select }) => select),
    );
    expect(selects).to.have.length.greaterThan(10);
    for (const select of selects) {
      // All that is in our namespace moves, whatever its name.
      if (Object.keys(select).join() === "namespace") continue;
      expect(select.kind, JSON.stringify(select)).to.match(/^\w+$/);
      expect(select.name, JSON.stringify(select)).to.match(/^[\w.-]+$/);
    }
  });

  it("selects only objects that there are, in the overlay with all components", async () => {
    const manifests = await render(
      rendering,
      await kustomizationOf(rendering, "overlays/kourier", [
        "components/cert-manager",
        "components/monitoring",
      ]),
    );
    const { replacements } = parse(
      await readFile(
        path.join(manifestsPath("components/place"), "kustomization.yaml"),
        "utf8",
      ),
    ) as { replacements: { targets: Target[] }[] };
    for (const { select } of replacements.flatMap(({ targets }) => targets))
      expect(
        manifests.filter(
          ({ kind, metadata }) =>
            kind === (select.kind ?? kind) &&
            metadata?.name === (select.name ?? metadata?.name) &&
            metadata?.namespace ===
              (select.kind ? select.namespace : metadata?.namespace),
        ),
        JSON.stringify(select),
      ).to.have.length.greaterThan(0);
  });

  for (const overlay of ["overlays/kourier", "overlays/deployment"] as const)
    it(`and the other components leave somebody else's objects in a kustomization around ${overlay} as they are`, async () => {
      const manifests = await render(
        rendering,
        await kustomizationOf(
          rendering,
          overlay,
          [
            "components/cert-manager",
            "components/monitoring",
            "components/place",
          ],
          PLACE,
          FOREIGN,
        ),
      );
      for (const object of FOREIGN) expect(manifests).to.deep.include(object);
      expect(JSON.stringify(manifests)).to.include("our-claims");
    });

  for (const { component, path: field } of LATE)
    for (const overlay of ["overlays/kourier", "overlays/deployment"] as const)
      it(`fails in ${overlay} where ${component} comes after it, in the same kustomization or in one around it`, async () => {
        const placed = await kustomizationOf(
          rendering,
          overlay,
          ["components/place"],
          PLACE,
        );
        for (const directory of [
          await kustomizationOf(
            rendering,
            overlay,
            ["components/place", component],
            PLACE,
          ),
          await kustomizationOf(rendering, placed as `/${string}`, [component]),
        ]) {
          const { exitCode, stdout, stderr } = await rendering.kubectl([
            "kustomize",
            directory,
          ]);
          expect(stdout).to.equal("");
          expect(stderr).to.include(field);
          expect(exitCode).to.equal(1);
        }
      });

  for (const { component } of LATE)
    it(`moves the same where ${component} comes before it, in the same kustomization or in one that it is around`, async () => {
      const inner = await kustomizationOf(rendering, "overlays/kourier", [
        component,
      ]);
      const [one, around] = [
        await kustomizationOf(
          rendering,
          "overlays/kourier",
          [component, "components/place"],
          PLACE,
        ),
        await kustomizationOf(
          rendering,
          inner as `/${string}`,
          ["components/place"],
          PLACE,
        ),
      ];
      const manifests = await render(rendering, one);
      expect(await render(rendering, around)).to.deep.equal(manifests);
      expect(JSON.stringify(manifests)).not.to.include("kourier-system");
      expect(
        manifests.filter(({ metadata }) => metadata?.namespace === NAMESPACE),
      ).to.deep.equal([]);
    });
});

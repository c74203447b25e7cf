import { randomBytes } from "node:crypto";
import type {
  V1CronJob,
  V1MutatingWebhookConfiguration,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { KubeConfig } from "@kubernetes/client-node";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../functions/kubernetes/api-server.ts";
import { runCertificates } from "../../janitor/certificates/command.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../support/eventually.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, claimsOf, versionOf, without } from "./claims-of-tests.ts";
import {
  NAMESPACE,
  prepareForManifests,
  skipWithoutPrograms,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";
import { kustomizationOf, render, renderText } from "./rendered.ts";
import type { Kustomization } from "./rendered.ts";

const EVERYTHING: readonly Kustomization[] = [
  "components/cert-manager",
  "components/monitoring",
];

/** What people set for all objects of a kustomization, and what it would break. */
const REFUSED: readonly {
  readonly name: string;
  readonly more: object;
  readonly says: string;
}[] = [
  {
    name: "namespace",
    more: { namespace: "other" },
    says: "namespace cannot be set by a kustomization around this one",
  },
  {
    name: "namePrefix",
    more: { namePrefix: "our-" },
    says: "namePrefix and nameSuffix cannot be set",
  },
  {
    name: "nameSuffix",
    more: { nameSuffix: "-ours" },
    says: "namePrefix and nameSuffix cannot be set",
  },
  {
    name: "labels with includeSelectors",
    more: { labels: [{ pairs: { team: "a" }, includeSelectors: true }] },
    says: "labels cannot be added to selectors",
  },
  {
    name: "commonLabels",
    more: { commonLabels: { team: "a" } },
    says: "labels cannot be added to selectors",
  },
];

/** The setting of the component place. */
function placedAt(namespace: string, gateway: string): object {
  return {
    configMapGenerator: [
      {
        name: "place",
        literals: [`namespace=${namespace}`, `gateway=${gateway}`],
      },
    ],
  };
}

const WORKING: readonly {
  readonly name: string;
  readonly overlay: Kustomization;
  readonly components: readonly Kustomization[];
  readonly more: object;
  readonly namespace: string;
  readonly gateway: string;
}[] = [
  ...["overlays/kourier" as const, "overlays/deployment" as const].map(
    (overlay) => ({
      name: `${overlay} with the component place`,
      overlay,
      components: ["components/place" as const],
      more: placedAt("our-claims", "knative-serving-ingress"),
      namespace: "our-claims",
      gateway: "knative-serving-ingress",
    }),
  ),
  {
    name: "labels with includeTemplates",
    overlay: "overlays/kourier",
    components: [],
    more: { labels: [{ pairs: { team: "a" }, includeTemplates: true }] },
    namespace: NAMESPACE,
    gateway: "kourier-system",
  },
  {
    name: "commonAnnotations and images",
    overlay: "overlays/kourier",
    components: [],
    more: {
      commonAnnotations: { "example.com/team": "a" },
      images: [
        {
          name: "stateful-deployments/janitor",
          newName: "example.com/janitor",
        },
      ],
    },
    namespace: NAMESPACE,
    gateway: "kourier-system",
  },
];

describe("a kustomization of somebody's own around the manifests", function () {
  this.timeout(90_000);
  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    controlPlane = await startControlPlane({ nodes: 0 });
    await prepareForManifests(controlPlane);
    await createNamespace(controlPlane.kubeConfig, "knative-serving-ingress");
  });

  after(() => controlPlane?.stop());

  for (const { name, more, says } of REFUSED)
    for (const overlay of ["overlays/kourier", "overlays/deployment"] as const)
      it(`${name} around ${overlay} fails in words before anything is applied`, async () => {
        const directory = await kustomizationOf(
          controlPlane,
          overlay,
          EVERYTHING,
          more,
        );
        const { exitCode, stderr, stdout } = await controlPlane.kubectl([
          "apply",
          "-k",
          directory,
        ]);
        expect(stderr.replaceAll(/\s+/g, " ")).to.include(
          `stateful-deployments: ${says}`,
        );
        expect(stderr).to.include("docs/install.md");
        expect(exitCode).to.equal(1);
        expect(stdout).to.equal("");
      });

  it("leaves out the objects by which the others fail", async () => {
    const directory = await kustomizationOf(
      controlPlane,
      "overlays/kourier",
      [],
    );
    expect(await renderText(controlPlane, directory)).not.to.match(
      /guard|local-config/,
    );
  });

  for (const { name, overlay, components, more, namespace, gateway } of WORKING)
    it(`${name} installs what is fenced and works`, async () => {
      const directory = await kustomizationOf(
        controlPlane,
        overlay,
        components,
        more,
      );
      try {
        await succeed(controlPlane, ["apply", "-k", directory]);
        const manifests = await render(controlPlane, directory);

        await fenced(namespace, gateway);
        const cronJob = manifests.find(
          (one) =>
            one.kind === "CronJob" && one.metadata?.name === "certificates",
        ) as unknown as V1CronJob;
        expect(cronJob.metadata?.namespace).to.equal(namespace);
        const host =
          overlay === "overlays/kourier"
            ? `stateful-deployments.${gateway}.svc`
            : `function.${namespace}.svc`;
        expect(await certificatesFor(cronJob, namespace)).to.include(host);
        const { webhooks = [] } = manifests.find(
          ({ kind }) => kind === "MutatingWebhookConfiguration",
        ) as V1MutatingWebhookConfiguration;
        expect(
          webhooks[0]?.namespaceSelector?.matchExpressions?.[0]?.values,
        ).to.deep.equal(["kube-system", "knative-serving", gateway, namespace]);
        if (overlay === "overlays/kourier")
          expect(
            manifests
              .filter(({ kind }) =>
                ["DomainMapping", "ClusterDomainClaim"].includes(kind ?? ""),
              )
              .map(({ metadata }) => metadata?.name),
          ).to.deep.equal([host, host]);
      } finally {
        await controlPlane.kubectl([
          "delete",
          "-k",
          directory,
          "--ignore-not-found",
        ]);
      }
    });

  for (const overlay of ["overlays/kourier", "overlays/deployment"] as const)
    it(`place moves every name in ${overlay} with all components, and nothing else`, async () => {
      const unmoved = await leavesWith(overlay, EVERYTHING);
      const moved = await leavesWith(
        overlay,
        [...EVERYTHING, "components/place"],
        placedAt("our-claims", "their-gateway"),
      );
      const wanted = unmoved.map(atPlace);
      expect(moved.filter((leaf) => !wanted.includes(leaf))).to.deep.equal([]);
      expect(wanted.filter((leaf) => !moved.includes(leaf))).to.deep.equal([]);
      expect(moved.toSorted()).to.deep.equal(wanted.toSorted());
      expect(moved.join("\n")).not.to.include("kourier-system");
      expect(moved.join("\n")).to.include("function.our-claims.svc");
    });

  async function leavesWith(
    overlay: Kustomization,
    components: readonly Kustomization[],
    more: object = {},
  ): Promise<string[]> {
    return leavesOf(
      await render(
        controlPlane,
        await kustomizationOf(controlPlane, overlay, components, more),
      ),
    );
  }

  async function as(namespace: string, account: string): Promise<ApiServer> {
    const config = new KubeConfig();
    config.loadFromFile(
      controlPlane.kubeconfigFor(
        await controlPlane.tokenFor(namespace, account),
      ),
    );
    return connectApiServer(config, "test");
  }

  /** The essence of the fences, for the accounts of this installation. */
  async function fenced(namespace: string, gateway: string): Promise<void> {
    const shop = `shop-${randomBytes(4).toString("hex")}`;
    await createNamespace(controlPlane.kubeConfig, shop);
    const admin = claimsOf(
      connectApiServer(controlPlane.kubeConfig, "test"),
      shop,
    );
    await admin.create(without(aClaim("foreign"), "managed"));
    const own = await admin.create(aClaim("own"));
    const janitor = claimsOf(await as(namespace, "janitor"), shop);
    await eventually("the janitor may not delete a foreign claim", async () =>
      (
        await outcomeOf(
          janitor.patch("foreign", { metadata: { annotations: { a: "b" } } }),
        )
      ).includes("may touch only claims that the function made"),
    );
    // Written to before the policies were in force, it is another version.
    const { name, ...version } = versionOf(await admin.get("foreign"));
    expect(await outcomeOf(janitor.remove(name, version))).to.include(
      "may touch only claims that the function made",
    );
    expect(
      await outcomeOf(
        janitor.patch("own", {
          metadata: { annotations: { "volume-claim/unused-since": "x" } },
        }),
      ),
    ).to.equal("allowed");
    const ownVersion = versionOf(await admin.get(versionOf(own).name));
    expect(await outcomeOf(janitor.remove("own", ownVersion))).to.equal(
      "allowed",
    );

    const api = await as(namespace, "function");
    for (const spared of [namespace, gateway])
      expect(
        await outcomeOf(claimsOf(api, spared).create(aClaim("spared"))),
      ).to.include(`makes no claims in namespace ${spared}`);
    const made = claimsOf(api, shop);
    expect(await outcomeOf(made.create(aClaim("made")))).to.equal("allowed");
    expect(
      await outcomeOf(made.create(without(aClaim("unmarked"), "managed"))),
    ).to.include("only claims of its own");

    const certificates = await as(namespace, "certificates");
    expect(
      await outcomeOf(
        certificates({
          method: "POST",
          path: `/api/v1/namespaces/${namespace}/secrets`,
          query: { dryRun: "All" },
          body: { metadata: { name: "other" } },
          timeoutMs: 10_000,
        }),
      ),
    ).to.include("webhook-token only, not other");
  }

  /** Runs the command of the CronJob as its Pod would. Returns the names in the certificate that it made. */
  async function certificatesFor(
    cronJob: V1CronJob,
    namespace: string,
  ): Promise<string> {
    const container =
      cronJob.spec?.jobTemplate.spec?.template.spec?.containers[0];
    const [command, ...args] = container?.args ?? [];
    expect(command).to.equal("certificates");
    expect(container?.env).to.deep.equal([
      {
        name: "JANITOR_CERTIFICATES_NAMESPACE",
        valueFrom: {
          fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
        },
      },
    ]);
    const problems: string[] = [];
    const lines: string[] = [];
    const code = await runCertificates(
      args,
      {
        JANITOR_CERTIFICATES_NAMESPACE: namespace,
        KUBECONFIG: controlPlane.kubeconfigFor(
          await controlPlane.tokenFor(namespace, "certificates"),
        ),
      },
      {
        out: (line) => lines.push(line),
        problem: (line) => problems.push(line),
      },
    );
    expect(code, problems.join("\n")).to.equal(0);
    const path = await succeed(controlPlane, [
      "get",
      `mutatingwebhookconfiguration/${WEBHOOK_CONFIGURATION}`,
      "-o=jsonpath={.webhooks[0].clientConfig.service.path}",
    ]);
    expect(path).to.match(/^\/mutate\/[0-9a-f]{64}$/);
    return lines.join("\n");
  }
});

/** Every text of the objects with the name of its field, without the place where it stands. */
function leavesOf(value: unknown, field = ""): string[] {
  if (typeof value !== "object" || value === null)
    return [`${field}: ${String(value)}`];
  if (Array.isArray(value)) return value.flatMap((one) => leavesOf(one, field));
  const { kind, key } = value as { kind?: unknown; key?: unknown };
  return Object.entries(value).flatMap(([name, one]) => {
    // The one object whose own name is that of our namespace.
    if (kind === "Namespace" && name === "metadata") {
      const { name: own, ...rest } = one as { name: string };
      return [`namespace: ${own}`, ...leavesOf(rest)];
    }
    return leavesOf(one, name === "values" ? `values of ${String(key)}` : name);
  });
}

/** What a text becomes where our namespace is our-claims, and that of the gateway their-gateway. */
function atPlace(text: string): string {
  const [key = ""] = text.split(":");
  return text
    .replaceAll("kourier-system", "their-gateway")
    .replace(
      /^(namespace|values of kubernetes.io\/metadata.name): stateful-deployments$/,
      "$1: our-claims",
    )
    .replace(`inject-ca-from: ${NAMESPACE}/`, "inject-ca-from: our-claims/")
    .replace(`function.${NAMESPACE}.svc`, "function.our-claims.svc")
    .replace(`, '${NAMESPACE}'`, ", 'our-claims'")
    .replaceAll(
      `namespace="${NAMESPACE}"`,
      key === "expr" ? 'namespace="our-claims"' : "$&",
    );
}

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { V1MutatingWebhookConfiguration } from "@kubernetes/client-node";
import { expect } from "chai";
import { parse } from "yaml";
import { NAMESPACE, WEBHOOK_CONFIGURATION } from "./installed-cluster.ts";
import {
  COMPONENTS,
  find,
  kustomizationOf,
  kustomize,
  manifestsPath,
  OVERLAYS,
  placedAt,
  render,
  renderOf,
} from "./rendered.ts";
import type { Kustomization, Manifest } from "./rendered.ts";

const PLACE = placedAt("our-claims", "their-gateway");
const EVERYTHING = [...COMPONENTS, "components/place"] as const;

/** The field by which each component sees that it comes after `place`. */
const LATE_FIELDS = {
  "components/cert-manager": "/spec/variables/0/expression",
  "components/monitoring": "/subjects/0/namespace",
} as const;

/** What a replacement selects. */
interface Select {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

describe("the component place", function () {
  this.timeout(60_000);
  const kubectl = kustomize();
  let selects: Select[];

  before(async () => {
    const file = path.join(
      manifestsPath("components/place"),
      "kustomization.yaml",
    );
    const { replacements } = parse(await readFile(file, "utf8")) as {
      replacements: { targets: { select: Select }[] }[];
    };
    selects = replacements.flatMap(({ targets }) =>
      targets.map(({ select }) => select),
    );
    expect(selects).to.have.length.greaterThan(10);
  });

  it("selects each object by its plain name: older versions of Kustomize find nothing by a regular expression, and say nothing", () => {
    for (const select of selects) {
      // All that is in our namespace moves, whatever its name.
      if (Object.keys(select).join() === "namespace") continue;
      expect(select.kind, JSON.stringify(select)).to.match(/^\w+$/);
      expect(select.name, JSON.stringify(select)).to.match(/^[\w.-]+$/);
    }
  });

  it("selects only objects that exist in the overlay with all components", async () => {
    const manifests = await renderOf(kubectl, "overlays/kourier", COMPONENTS);
    for (const select of selects)
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

  for (const overlay of OVERLAYS) {
    it(`and the other components change no object of a user beside ${overlay}`, async () => {
      const foreign = foreignTwins(
        await renderOf(kubectl, overlay, COMPONENTS),
      );
      const manifests = await renderOf(
        kubectl,
        overlay,
        EVERYTHING,
        PLACE,
        foreign,
      );
      for (const object of foreign)
        expect(
          manifests.find((one) => isSame(one, object)),
          object.kind,
        ).to.deep.equal(object);
      expect(JSON.stringify(manifests)).to.include("our-claims");
    });

    it(`moves every name in ${overlay} with all components, and nothing else`, async () => {
      const wanted = leavesOf(await renderOf(kubectl, overlay, COMPONENTS)).map(
        atPlace,
      );
      const moved = leavesOf(
        await renderOf(kubectl, overlay, EVERYTHING, PLACE),
      );
      expect(moved.filter((leaf) => !wanted.includes(leaf))).to.deep.equal([]);
      expect(wanted.filter((leaf) => !moved.includes(leaf))).to.deep.equal([]);
      expect(moved.toSorted()).to.deep.equal(wanted.toSorted());
      expect(moved.join("\n")).not.to.include("kourier-system");
      expect(moved.join("\n")).to.include("function.our-claims.svc");
    });

    it(`moves ${overlay} so that the API server calls the function by a name that exists`, async () => {
      const manifests = await renderOf(kubectl, overlay, EVERYTHING, PLACE);
      const { webhooks = [] } = find(
        manifests,
        "MutatingWebhookConfiguration",
        WEBHOOK_CONFIGURATION,
      ) as V1MutatingWebhookConfiguration;
      const { name = "", namespace } = webhooks[0]?.clientConfig.service ?? {};
      const service = find(manifests, "Service", name) as Manifest;
      expect(service.metadata?.namespace).to.equal(namespace);
      if (overlay === "overlays/kourier")
        for (const kind of ["DomainMapping", "ClusterDomainClaim"])
          find(manifests, kind, `${name}.${namespace}.svc`);
    });

    for (const component of COMPONENTS)
      it(`fails in ${overlay} where ${component} comes after it, in the same kustomization or in one around it`, async () => {
        const placed = await kustomizationOf(
          kubectl,
          overlay,
          ["components/place"],
          PLACE,
        );
        const after: Kustomization[] = ["components/place", component];
        for (const directory of [
          await kustomizationOf(kubectl, overlay, after, PLACE),
          await kustomizationOf(kubectl, placed as `/${string}`, [component]),
        ]) {
          const { exitCode, stdout, stderr } = await kubectl.kubectl([
            "kustomize",
            directory,
          ]);
          expect(stdout).to.equal("");
          expect(stderr).to.include(LATE_FIELDS[component]);
          expect(exitCode).to.equal(1);
        }
      });
  }

  for (const component of COMPONENTS)
    it(`moves the same where ${component} comes before it, in the same kustomization or in an inner one`, async () => {
      const inner = await kustomizationOf(kubectl, "overlays/kourier", [
        component,
      ]);
      const manifests = await renderOf(
        kubectl,
        "overlays/kourier",
        [component, "components/place"],
        PLACE,
      );
      const around = await kustomizationOf(
        kubectl,
        inner as `/${string}`,
        ["components/place"],
        PLACE,
      );
      expect(await render(kubectl, around)).to.deep.equal(manifests);
      expect(JSON.stringify(manifests)).not.to.include("kourier-system");
      expect(
        manifests.filter(({ metadata }) => metadata?.namespace === NAMESPACE),
      ).to.deep.equal([]);
    });
});

/** Objects of a user that differ from ours only in the namespace, or in the name where they are in none. */
function foreignTwins(manifests: readonly Manifest[]): Manifest[] {
  return manifests.map(({ metadata, ...object }) => ({
    ...object,
    metadata: metadata?.namespace
      ? { ...metadata, namespace: "shop" }
      : { ...metadata, name: `shop-${metadata?.name}` },
  }));
}

function isSame(one: Manifest, other: Manifest): boolean {
  return (
    one.kind === other.kind &&
    one.metadata?.name === other.metadata?.name &&
    one.metadata?.namespace === other.metadata?.namespace
  );
}

/** Every text of the objects with the name of its field. */
function leavesOf(value: unknown, field = ""): string[] {
  if (typeof value !== "object" || value === null)
    return [`${field}: ${String(value)}`];
  if (Array.isArray(value)) return value.flatMap((one) => leavesOf(one, field));
  const { kind, key } = value as { kind?: unknown; key?: unknown };
  return Object.entries(value).flatMap(([name, one]) => {
    // The only object whose own name is that of our namespace.
    if (kind === "Namespace" && name === "metadata") {
      const { name: own, ...rest } = one as { name: string };
      return [`namespace: ${own}`, ...leavesOf(rest)];
    }
    return leavesOf(one, name === "values" ? `values of ${String(key)}` : name);
  });
}

/** What a text becomes where our namespace is our-claims, and that of the gateway is their-gateway. */
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

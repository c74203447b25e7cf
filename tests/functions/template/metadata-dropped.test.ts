import { readFileSync } from "node:fs";
import { expect } from "chai";
import { stringify } from "yaml";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { NOT_INHERITED } from "../../../functions/template/metadata.ts";
import { parseTemplates } from "../../../functions/template/parse.ts";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import { spec } from "./parsed-templates.ts";

/** What comes of one template, with the warnings as people read them. */
async function taken(template: object) {
  const parsed = await parseTemplates({
    [TEMPLATE_TEMPLATES]: stringify([template]),
  });
  if (parsed.kind !== "templates") throw new Error(JSON.stringify(parsed));
  const [one] = parsed.templates;
  return {
    labels: one?.labels,
    annotations: one?.annotations,
    warnings: parsed.warnings.map(fieldMessage),
    places: parsed.warnings.map(({ inside }) => inside),
  };
}

/** A whole key for one that stands for all below it. */
const keys = [...NOT_INHERITED.keys()].map((key) =>
  key.endsWith("/") ? `${key}hash` : key,
);

describe("what is dropped of a template", () => {
  for (const key of keys)
    it(`is ${key}, as a label and as an annotation, with a warning that fits into a header`, async () => {
      const given = { [key]: "{{ not looked at }}", "example.com/team": "a" };
      const { labels, annotations, warnings } = await taken({
        metadata: { name: "v".repeat(63), labels: given, annotations: given },
        spec,
      });
      expect(labels).to.deep.equal({ "example.com/team": "a" });
      expect(annotations).to.deep.equal({ "example.com/team": "a" });
      expect(warnings).to.have.lengthOf(2);
      for (const [index, map] of ["labels", "annotations"].entries()) {
        expect(warnings[index]).to.include(
          `: metadata.${map}["${key}"] is dropped: `,
        );
        // The API server cuts longer ones when there are many.
        expect(warnings[index]?.length).to.be.at.most(256);
      }
    });

  it("is what a StatefulSet ignores or overwrites", async () => {
    expect(
      await taken({
        metadata: {
          name: "data",
          namespace: "shop",
          creationTimestamp: "2026-01-01T00:00:00Z",
          labels: { "app.kubernetes.io/managed-by": "Helm" },
        },
        spec,
        status: { phase: "Pending" },
      }),
    ).to.deep.equal({
      labels: {},
      annotations: undefined,
      warnings: [
        'annotation volume-claim-template/templates: template "data": status is dropped: Kubernetes sets it',
        'annotation volume-claim-template/templates: template "data": metadata.namespace is dropped: the claim is made in the namespace of its Pod',
        'annotation volume-claim-template/templates: template "data": metadata.creationTimestamp is dropped: Kubernetes sets it',
        'annotation volume-claim-template/templates: template "data": metadata.labels["app.kubernetes.io/managed-by"] is dropped: stateful-deployments sets it itself',
      ],
      places: [
        [0, "status"],
        [0, "metadata", "namespace"],
        [0, "metadata", "creationTimestamp"],
        [0, "metadata", "labels", "app.kubernetes.io/managed-by"],
      ],
    });
  });

  it("is nothing that another program does no harm by", async () => {
    const labels = {
      "app.kubernetes.io/name": "search",
      "app.kubernetes.io/managed-by": "stateful-deployments",
      "helm.sh/chart": "search-1.2.3",
      constructor: "a",
    };

    const annotations = {
      "argocd.argoproj.io/sync-options": "Prune=false",
      "kustomize.toolkit.fluxcd.io/prune": "disabled",
      "helm.sh/resource-policy": "keep",
    };
    expect(
      await taken({
        metadata: { name: "data", labels, annotations },
        spec,
      }),
    ).to.deep.equal({ labels, annotations, warnings: [], places: [] });
  });

  it("is listed in docs/annotations.md, each with its reason", () => {
    const page = readFileSync(
      new URL("../../../docs/annotations.md", import.meta.url),
      "utf8",
    );
    const [, table = ""] =
      /^\| dropped +\| why +\|\n\|.*\n((?:\|.*\n)+)/m.exec(page) ?? [];
    const rows = table
      .trim()
      .split("\n")
      .map((row) => row.split("|").map((cell) => cell.trim()));
    expect(rows.map(([, key]) => key?.replaceAll("`", ""))).to.deep.equal([
      "metadata.namespace",
      "metadata.creationTimestamp",
      "status",
      "app.kubernetes.io/managed-by",
      ...NOT_INHERITED.keys(),
    ]);
    for (const [, , why] of rows) expect(why).to.match(/\.$/);
  });
});

import { readFileSync } from "node:fs";
import { expect } from "chai";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { NOT_INHERITED } from "../../../functions/template/metadata.ts";
import { spec } from "./malformed.ts";
import { parsed } from "./parsed.ts";

/** What a claim inherits of one template, and the warnings. */
async function inherited(template: object) {
  const { templates, warnings } = await parsed({
    templates: JSON.stringify([template]),
  });
  const [{ labels, annotations } = {}] = templates;
  return {
    labels,
    annotations,
    warnings: warnings.map(fieldMessage),
    places: warnings.map(({ inside }) => inside),
  };
}

describe("a claim does not inherit from its template", () => {
  for (const prefix of NOT_INHERITED.keys()) {
    const key = prefix.endsWith("/") ? `${prefix}hash` : prefix;
    it(`${key}, as a label and as an annotation, with a warning that fits into a header`, async () => {
      const given = { [key]: "{{ not checked }}", "example.com/team": "a" };
      const { labels, annotations, warnings } = await inherited({
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
  }

  it("what a StatefulSet ignores or overwrites", async () => {
    const { labels, warnings, places } = await inherited({
      metadata: {
        name: "data",
        namespace: "shop",
        creationTimestamp: "2026-01-01T00:00:00Z",
        labels: { "app.kubernetes.io/managed-by": "Helm" },
      },
      spec,
      status: { phase: "Pending" },
    });
    expect(labels).to.deep.equal({});
    expect(warnings).to.deep.equal(
      [
        "status is dropped: Kubernetes sets it",
        "metadata.namespace is dropped: the claim is made in the namespace of its Pod",
        "metadata.creationTimestamp is dropped: Kubernetes sets it",
        'metadata.labels["app.kubernetes.io/managed-by"] is dropped: stateful-deployments sets it itself',
      ].map(
        (text) =>
          `annotation volume-claim-template/templates: template "data": ${text}`,
      ),
    );
    expect(places).to.deep.equal([
      [0, "status"],
      [0, "metadata", "namespace"],
      [0, "metadata", "creationTimestamp"],
      [0, "metadata", "labels", "app.kubernetes.io/managed-by"],
    ]);
  });

  it("but inherits what does no harm", async () => {
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
    const metadata = { name: "data", labels, annotations };
    expect(await inherited({ metadata, spec })).to.deep.equal({
      labels,
      annotations,
      warnings: [],
      places: [],
    });
  });

  it("what docs/annotations.md lists, each with its reason", () => {
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

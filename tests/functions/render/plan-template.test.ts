import { expect } from "chai";
import { itReports, rendered, workloadWith } from "./rendered.ts";

describe("render rejects", () => {
  itReports("render rejects");
});

describe("render rejects at once", () => {
  itReports("render rejects at once");
});

describe("render reads the labels of a Pod template", () => {
  describe("and rejects", () => {
    itReports("render rejects the labels of a Pod template");
  });

  for (const [labels, before] of [
    ["labels:", {}],
    ["labels: { app: web }", { app: "web" }],
  ] as const)
    it(`and adds the labels of the function to ${labels}`, async () => {
      const { renderings, problems } = await rendered(
        workloadWith("Deployment", { labels }),
      );
      expect(problems).to.deep.equal([]);
      expect(renderings[0]?.object).to.have.deep.nested.property(
        "spec.template.metadata.labels",
        {
          ...before,
          "volume-claim/cache": "web-cache-<hash>",
          "volume-claim/name": "web-cache-<hash>",
        },
      );
    });

  it("and reports no labels, and no number of Pods, of an object without our annotations", async () => {
    expect(
      await rendered(
        "kind: Deployment\nspec: { replicas: -3, template: { metadata: { labels: foo }, spec: { containers: [] } } }\n",
      ),
    ).to.deep.equal({ renderings: [], problems: [], warnings: [] });
  });
});

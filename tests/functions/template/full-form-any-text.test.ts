import { expect } from "chai";
import fc from "fast-check";
import { stringify } from "yaml";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { parseTemplates } from "../../../functions/template/parse.ts";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";

describe("any text in the full form", () => {
  it("keeps a spec exactly as it was written, whatever sound fields it has", async () => {
    const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
    const label = fc.stringMatching(
      /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?)?$/,
    );
    const labels = fc.dictionary(
      fc.tuple(name, name).map(([a, b]) => `${a}.example.com/${b}`),
      label,
      { maxKeys: 3 },
    );
    const quantity = fc
      .tuple(
        fc.integer({ min: 1, max: 1_000 }),
        fc.constantFrom("", "k", "M", "Gi", "Ti", "e3"),
      )
      .map(([count, unit]) => `${count}${unit}`);
    const reference = fc.record({
      apiGroup: name.map((text) => `${text}.example.com`),
      kind: fc.constant("Backup"),
      name,
    });
    const template = fc.record(
      {
        metadata: fc.record({ name, labels, annotations: labels }),
        spec: fc.record(
          {
            accessModes: fc.constantFrom(
              ["ReadWriteOnce"],
              ["ReadWriteMany", "ReadOnlyMany"],
              ["ReadWriteOncePod"],
            ),
            resources: fc.record({
              requests: fc.record({ storage: quantity }),
            }),
            storageClassName: fc.oneof(name, fc.constant("")),
            volumeAttributesClassName: name,
            volumeName: name,
            volumeMode: fc.constantFrom("Filesystem", "Block"),
            selector: fc.record({
              matchLabels: labels,
              matchExpressions: fc.array(
                fc.record({
                  key: name,
                  operator: fc.constantFrom("In", "NotIn"),
                  values: fc.array(label, { minLength: 1, maxLength: 3 }),
                }),
                { maxLength: 3 },
              ),
            }),
            dataSourceRef: reference,
          },
          { requiredKeys: ["accessModes", "resources"] },
        ),
      },
      { requiredKeys: ["metadata", "spec"] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(template, {
          selector: (one) => one.metadata.name,
          minLength: 1,
          maxLength: 20,
        }),
        fc.boolean(),
        async (drawn, asJson) => {
          const written = drawn.filter(
            ({ metadata }) => metadata.name !== "name",
          );
          fc.pre(written.length > 0);
          const text = asJson ? JSON.stringify(written) : stringify(written);
          expect(
            await parseTemplates({ [TEMPLATE_TEMPLATES]: text }),
          ).to.deep.equal({
            kind: "templates",
            templates: written.map(({ metadata, spec: own }) => ({
              volume: metadata.name,
              labels: metadata.labels,
              annotations: metadata.annotations,
              spec: own,
              lifeCycle: {},
            })),
            volumes: written.map(({ metadata, spec: own }) => ({
              volume: metadata.name,
              block: own.volumeMode === "Block",
            })),
            warnings: [],
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it("never throws, whatever stands in the annotation", async () => {
    const field = fc.constantFrom(
      "metadata",
      "spec",
      "name",
      "labels",
      "annotations",
      "accessModes",
      "resources",
      "requests",
      "storage",
      "selector",
      "matchExpressions",
      "dataSource",
      "__proto__",
      "constructor",
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>(null, 1, "x", "1Gi", true, "ReadWriteOnce"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(field, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const text = fc.oneof(
      fc.string(),
      value.map((one) => stringify(one) ?? ""),
      fc.array(value, { maxLength: 4 }).map((all) => JSON.stringify(all)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (drawn) => {
        const parsed = await parseTemplates({ [TEMPLATE_TEMPLATES]: drawn });
        expect(parsed.kind).not.to.equal("none");
        if (parsed.kind === "invalid") {
          expect(parsed.errors).not.to.have.lengthOf(0);
          for (const error of parsed.errors)
            expect(fieldMessage(error))
              .to.have.length.below(1_000)
              .and.to.match(/^annotation volume-claim-template\/templates[: ]/);
        }
      }),
    );
  });
});

import { expect } from "chai";
import {
  COMPONENTS,
  kustomizationOf,
  kustomize,
  OVERLAYS,
  renderText,
} from "./rendered.ts";

const NOT_RENAMED = "namePrefix and nameSuffix cannot be set";
const NOT_SELECTED = "labels cannot be added to selectors";

/** What people set for all objects of a kustomization, and the message about it. drift.test.ts sets what works. */
const REJECTED: Record<string, [more: object, says: string]> = {
  namespace: [
    { namespace: "other" },
    "namespace cannot be set by a kustomization around this one",
  ],
  namePrefix: [{ namePrefix: "our-" }, NOT_RENAMED],
  nameSuffix: [{ nameSuffix: "-ours" }, NOT_RENAMED],
  "labels with includeSelectors": [
    { labels: [{ pairs: { team: "a" }, includeSelectors: true }] },
    NOT_SELECTED,
  ],
  commonLabels: [{ commonLabels: { team: "a" } }, NOT_SELECTED],
};

describe("a kustomization of a user around the manifests", function () {
  this.timeout(30_000);
  const kubectl = kustomize();

  for (const [title, [more, says]] of Object.entries(REJECTED))
    for (const overlay of OVERLAYS)
      it(`fails with a message: ${title} around ${overlay}`, async () => {
        const { exitCode, stderr, stdout } = await kubectl.kubectl([
          "kustomize",
          await kustomizationOf(kubectl, overlay, COMPONENTS, more),
        ]);
        expect(stderr.replaceAll(/\s+/g, " ")).to.include(
          `stateful-deployments: ${says}`,
        );
        expect(stderr).to.include("docs/install.md");
        expect(exitCode).to.equal(1);
        expect(stdout).to.equal("");
      });

  it("shows none of the objects by which it fails", async () => {
    const directory = await kustomizationOf(kubectl, "overlays/kourier");
    expect(await renderText(kubectl, directory)).not.to.match(
      /guard|local-config/,
    );
  });
});

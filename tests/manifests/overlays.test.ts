import { rm } from "node:fs/promises";
import { expect } from "chai";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import {
  NAMESPACE,
  prepareForManifests,
  skipWithoutPrograms,
} from "./installed-cluster.ts";
import { kustomizationOf, render } from "./rendered.ts";
import type { Kustomization } from "./rendered.ts";

const CASES: readonly {
  readonly overlay: Kustomization;
  readonly components: readonly Kustomization[];
}[] = [
  { overlay: "overlays/kourier", components: [] },
  { overlay: "overlays/kourier", components: ["components/cert-manager"] },
  { overlay: "overlays/kourier", components: ["components/monitoring"] },
  {
    overlay: "overlays/kourier",
    components: ["components/cert-manager", "components/monitoring"],
  },
  { overlay: "overlays/deployment", components: [] },
  {
    overlay: "overlays/deployment",
    components: ["components/cert-manager", "components/monitoring"],
  },
];

describe("the manifests", function () {
  this.timeout(60_000);
  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    // Its own: the objects have fixed names and hold for the whole cluster.
    controlPlane = await startControlPlane({ controllers: false, nodes: 0 });
    await prepareForManifests(controlPlane);
  });

  after(() => controlPlane?.stop());

  for (const { overlay, components } of CASES) {
    const title = [overlay, ...components].join(" with ");

    it(`${title} apply without a warning, and a second time without a change`, async () => {
      const directory = await kustomizationOf(
        controlPlane,
        overlay,
        components,
      );
      try {
        const first = await controlPlane.kubectl([
          "apply",
          "-k",
          directory,
          "--warnings-as-errors",
        ]);
        expect(first.stderr).to.equal("");
        expect(first.exitCode).to.equal(0);
        const before = await versions(directory);
        const again = await controlPlane.kubectl(["apply", "-k", directory]);
        expect(again.stderr).to.equal("");
        // kubectl calls some of them "configured", since it sends lists anew into which the API server wrote defaults.
        expect(await versions(directory)).to.deep.equal(before);
      } finally {
        await controlPlane.kubectl([
          "delete",
          "-k",
          directory,
          "--ignore-not-found",
          // Without controllers nobody empties a namespace; the next case applies into the one that is there.
          "--wait=false",
        ]);
        await finishNamespace();
        await rm(directory, { recursive: true, force: true });
      }
    });

    it(`${title} put nothing outside of what they say`, async () => {
      const directory = await kustomizationOf(
        controlPlane,
        overlay,
        components,
      );
      try {
        const namespaces = new Set(
          (await render(controlPlane, directory)).map(
            ({ metadata }) => metadata?.namespace,
          ),
        );
        namespaces.delete(undefined);
        expect([...namespaces]).to.have.members(
          overlay === "overlays/kourier"
            ? [NAMESPACE, "kourier-system"]
            : [NAMESPACE],
        );
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  }

  /** Kind, name and resourceVersion of every object. */
  async function versions(directory: string): Promise<string[]> {
    const { stdout } = await controlPlane.kubectl([
      "get",
      "-k",
      directory,
      "-o",
      "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}",
    ]);
    const lines = stdout.trim().split("\n");
    expect(lines).to.have.length.above(20);
    return lines;
  }

  /** What the namespace controller does when it has emptied a namespace. */
  async function finishNamespace(): Promise<void> {
    const { stdout } = await controlPlane.kubectl([
      "get",
      "namespace",
      NAMESPACE,
      "-o",
      "json",
    ]);
    const namespace = JSON.parse(stdout) as { spec: object };
    await controlPlane.kubectl(
      [
        "replace",
        "--raw",
        `/api/v1/namespaces/${NAMESPACE}/finalize`,
        "-f",
        "-",
      ],
      { input: JSON.stringify({ ...namespace, spec: { finalizers: [] } }) },
    );
  }
});

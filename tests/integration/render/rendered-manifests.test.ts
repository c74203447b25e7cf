import { copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { manifestsAsYaml } from "../../../functions/render/print-manifests.ts";
import { renderFiles } from "../../../functions/render/render-files.ts";
import { summarizeVolumes } from "../../../functions/render/summary.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { examplePath } from "../../support/examples.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";

// tests/integration/examples compares what render shows of the examples with what the function makes of them.

describe("what render shows", function () {
  this.timeout(60_000);
  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
    skipWithout(this, controlPlane, "kubectl");
  });

  it("cannot be applied, because all Pods would share a claim", async () => {
    const file = examplePath("disk-cache");
    const { renderings } = await renderFiles([
      { file, text: await readFile(file, "utf8") },
    ]);
    const { stderr, exitCode } = await controlPlane.kubectl(
      ["apply", "--dry-run=server", "-f", "-"],
      { input: manifestsAsYaml(renderings) },
    );
    expect(exitCode).to.equal(1);
    expect(stderr)
      .to.include('PersistentVolumeClaim "build-cache-cache-<hash>" is invalid')
      .and.to.include('Deployment.apps "build-cache" is invalid');
  });

  it("can come from kustomize", async () => {
    const directory = await mkdtemp(join(controlPlane.directory, "kustomize-"));
    await copyFile(
      examplePath("disk-cache"),
      join(directory, "disk-cache.yaml"),
    );
    await writeFile(
      join(directory, "kustomization.yaml"),
      `resources: [disk-cache.yaml]
namespace: shop
namePrefix: my-
patches:
  - target: { kind: Deployment }
    patch: |
      - { op: replace, path: /spec/template/metadata/annotations/volume-claim-template~1storage, value: 42Gi }
`,
    );
    const { stdout: text } = await controlPlane.kubectl([
      "kustomize",
      directory,
    ]);
    const { renderings, problems } = await renderFiles([
      { file: "<stdin>", text },
    ]);
    expect(problems).to.deep.equal([]);
    const volumes = summarizeVolumes(renderings);
    expect(volumes).to.have.lengthOf(1);
    expect(volumes[0]).to.include({
      namespace: "shop",
      workload: "Deployment/my-build-cache",
      size: "42Gi",
      claims: 3,
    });
  });
});

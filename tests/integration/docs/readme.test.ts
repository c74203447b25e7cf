import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { TEMPLATE_PREFIX } from "../../../functions/contract/keys.ts";
import {
  admissionSuite,
  claimOf,
  claimsIn,
} from "../../support/admission-suite.ts";
import { settled } from "../../support/examples.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

const readme = readFileSync(
  new URL("../../../README.md", import.meta.url),
  "utf8",
);

function codeBlocks(language: string): string[] {
  return [
    ...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm")),
  ].map(([, text]) => text ?? "");
}

describe("README.md", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("shows a manifest, and each Pod gets what it says", async () => {
    const namespace = await uniqueNamespace("readme");
    const [manifest, outcome] = codeBlocks("yaml");
    const { stderr, exitCode } = await suite.controlPlane.kubectl(
      ["apply", "-n", namespace, "-f", "-"],
      { input: manifest ?? "" },
    );
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    const { pods, claims } = await settled(suite, namespace, 3);
    expect(claims.map(({ metadata }) => metadata?.name)).to.have.members(
      pods.map(claimOf),
    );
    expect(
      claims.map(({ status }) => status?.capacity?.["storage"]),
    ).to.deep.equal(["10Gi", "10Gi", "10Gi"]);

    const shown = parse(outcome ?? "") as {
      metadata: { labels: Record<string, string> };
      spec: { volumes: { persistentVolumeClaim: { claimName: string } }[] };
    };
    const [pod] = pods;
    expect(Object.keys(pod?.metadata?.labels ?? {})).to.include.members(
      Object.keys(shown.metadata.labels),
    );
    const hash = /-[a-z0-9]+-cache-[a-z0-9]+$/;
    expect(claimOf(pod ?? {})?.replace(hash, "")).to.equal(
      shown.spec.volumes[0]?.persistentVolumeClaim.claimName.replace(hash, ""),
    );
  });

  it("lists exactly the annotations that the function knows", () => {
    const [, section = ""] = /^## Annotations\n([^]*?)^```/m.exec(readme) ?? [];
    const listed = section.matchAll(/`(volume-claim-template\/[a-z-]+)`/g);
    const source = readFileSync(
      new URL("../../../functions/contract/keys.ts", import.meta.url),
      "utf8",
    );
    const keys = [
      ...source.matchAll(new RegExp(`"(${TEMPLATE_PREFIX}[a-z-]+)"`, "g")),
    ].map(([, key]) => key);
    expect([...listed].map(([, key]) => key)).to.have.members(keys);
  });

  it("W9: quotes the message of the function for a Pod with both faults", async () => {
    const quoted = codeBlocks("text")
      .find((text) => text.includes("is not a Kubernetes quantity"))
      ?.trim()
      .replace("\n", " ");
    const namespace = await uniqueNamespace("readme");
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "wrong",
        annotations: {
          "volume-claim-template/name": "cache",
          "volume-claim-template/storage": "10GB",
        },
      },
      spec: {
        containers: [{ name: "app", image: "app" }],
        volumes: [{ name: "cache", hostPath: { path: "/x" } }],
      },
    };
    const { stderr } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-"],
      { input: JSON.stringify(pod) },
    );
    const [, said] = stderr.trim().split("denied the request: ");
    expect(said).to.equal(quoted);
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
  });
});

import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { stringify } from "yaml";
import { cacheAnnotations } from "../../support/builders.ts";
import {
  aBarePod,
  admissionSuite,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { aPodWith } from "../templates/cases/volumes.ts";

describe("the function and special Pods", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("W4: does not change a restored Pod and its claim", async () => {
    const namespace = await uniqueNamespace("restore");
    const create = (body: V1Pod) =>
      suite.core.createNamespacedPod({ namespace, body });
    const uids = async () =>
      (await claimsIn(suite, namespace)).map(({ metadata }) => metadata?.uid);
    const original = await create(aBarePod("db"));
    const claimName = claimOf(original) ?? "";
    const before = await uids();
    expect(before).to.have.lengthOf(1);
    // A restore under another name, beside the original.
    const restored = await create(
      aBarePod("restored", {
        labels: original.metadata?.labels ?? {},
        volumes: [{ name: "cache", persistentVolumeClaim: { claimName } }],
      }),
    );
    expect(claimOf(restored)).to.equal(claimName);
    expect(await uids()).to.deep.equal(before);
  });

  it("W4: a copy of a Pod by kubectl keeps the claim of that Pod, and kubectl shows a warning", async () => {
    const namespace = await uniqueNamespace("copy");
    const original = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("db", { labels: { app: "db" } }),
    });
    const claim = claimOf(original);
    const { stderr, exitCode } = await suite.controlPlane.kubectl([
      "debug",
      "db",
      "-n",
      namespace,
      "--copy-to=db-copy",
      "--image=app:2",
      "--keep-annotations",
    ]);
    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.include(
      `Warning: volume "cache" keeps claim "${claim}", which by its name stateful-deployments has made; every Pod that names it shares it. For a new claim, make the volume an emptyDir`,
    );
    const copy = await suite.core.readNamespacedPod({
      namespace,
      name: "db-copy",
    });
    expect(Object.keys(copy.metadata?.labels ?? {}).join()).not.to.match(
      /app|volume-claim/,
    );
    expect(copy.metadata?.annotations).to.include(cacheAnnotations);
    expect(claimOf(copy)).to.equal(claim);
    expect(await claimsIn(suite, namespace)).to.have.lengthOf(1);
  });

  it("W6: answers a server-side dry run with the claim and writes nothing", async () => {
    const namespace = await uniqueNamespace("dry-run");
    const { stdout, stderr } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-", "--dry-run=server", "-o", "json"],
      { input: stringify(aBarePod("dry")) },
    );
    expect(stderr).to.equal("");
    expect(claimOf(JSON.parse(stdout))).to.match(/^dry-cache-/);
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
  });

  it("admits a Pod whose review is six times as large as the request to the API server", async () => {
    const namespace = await uniqueNamespace("large");
    const pod = aBarePod("large");
    // The API server writes each of these as six bytes.
    for (const container of pod.spec?.containers ?? [])
      container.args = ["<".repeat(600_000)];
    const created = await suite.core.createNamespacedPod({
      namespace,
      body: pod,
    });
    expect(claimOf(created)).to.match(/^large-cache-/);
  });

  it("W8: a kubelet can create the mirror Pod of an annotated static Pod", async () => {
    const namespace = await uniqueNamespace("mirror");
    const node = await suite.core.readNode({ name: "node-1" });
    const pod = aBarePod("static-node-1", {
      annotations: {
        ...cacheAnnotations,
        "kubernetes.io/config.mirror": "abc",
        "kubernetes.io/config.source": "file",
      },
    });
    const owner = {
      apiVersion: "v1",
      kind: "Node",
      name: "node-1",
      uid: node.metadata?.uid ?? "",
      controller: true,
    };
    Object.assign(pod.metadata ?? {}, { ownerReferences: [owner] });
    Object.assign(pod.spec ?? {}, {
      nodeName: "node-1",
      enableServiceLinks: false,
      automountServiceAccountToken: false,
    });
    const { stderr, exitCode } = await suite.controlPlane.kubectl(
      [
        "create",
        "-n",
        namespace,
        "-f",
        "-",
        "--as=system:node:node-1",
        "--as-group=system:nodes",
      ],
      { input: stringify(pod) },
    );
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    const [mirror] = await podsIn(suite, namespace);
    expect(mirror?.spec?.volumes?.[0]).to.deep.equal({
      name: "cache",
      emptyDir: {},
    });
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    // The condition in the webhook configuration excludes it, so the function is not called.
    expect(
      suite.running.log.filter((line) => line["namespace"] === namespace),
    ).to.deep.equal([]);
  });

  it("W18: warns at kubectl of a Pod that bypasses the scheduler", async () => {
    const namespace = await uniqueNamespace("node-name");
    const pod = aBarePod("pinned");
    pod.spec = { containers: [], ...pod.spec, nodeName: "node-1" };
    const { stderr } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-"],
      { input: stringify(pod) },
    );
    expect(stderr).to.include(
      'Warning: spec.nodeName "node-1" bypasses the scheduler',
    );
  });

  it("shows what the API server warns of in each claim, as for a claim that a person creates", async () => {
    const namespace = await uniqueNamespace("warned");
    const warningsOf = async (object: object): Promise<readonly string[]> => {
      const { stderr, exitCode } = await suite.controlPlane.kubectl(
        ["create", "-n", namespace, "-f", "-"],
        { input: stringify(object) },
      );
      expect(exitCode, stderr).to.equal(0);
      return [...stderr.matchAll(/^Warning: (.*)$/gm)].map(
        ([, text = ""]) => text,
      );
    };
    const [byHand = ""] = await warningsOf({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "by-hand" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1500m" } },
      },
    });
    expect(byHand).to.include('fractional byte value "1500m" is invalid');
    const warnings = await warningsOf(
      aPodWith([
        { name: "data", storage: "1500m" },
        { name: "wal", storage: "2Gi" },
        { name: "log", storage: "2500m" },
      ]),
    );
    expect(warnings.filter((text) => text.startsWith("Persis"))).to.deep.equal([
      `PersistentVolumeClaim of volume "data": ${byHand}`,
      `PersistentVolumeClaim of volume "log": ${byHand.replace("1500m", "2500m")}`,
    ]);
  });
});

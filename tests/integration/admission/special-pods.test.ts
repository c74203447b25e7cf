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
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

describe("the function and Pods that are special", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("W4: leaves a restored Pod and its claim as they are", async () => {
    const namespace = await uniqueNamespace("restore");
    const original = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("db"),
    });
    const claim = claimOf(original);
    const before = await claimsIn(suite, namespace);
    await suite.core.deleteNamespacedPod({
      namespace,
      name: "db",
      gracePeriodSeconds: 0,
    });
    await eventually(
      "the Pod is gone",
      async () => (await podsIn(suite, namespace)).length === 0,
    );

    const manifest = aBarePod("db", {
      labels: original.metadata?.labels ?? {},
      volumes: [
        { name: "cache", persistentVolumeClaim: { claimName: claim ?? "" } },
      ],
    });
    const restored = await suite.core.createNamespacedPod({
      namespace,
      body: manifest,
    });
    expect(claimOf(restored)).to.equal(claim);
    const uids = (claims: typeof before) =>
      claims.map(({ metadata }) => metadata?.uid);
    expect(uids(await claimsIn(suite, namespace))).to.deep.equal(uids(before));
    expect(before).to.have.lengthOf(1);
  });

  it("W4: leaves a copy that kubectl makes of a Pod to the claim of that Pod, and says so", async () => {
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

  it("W4: takes a copy without labels back with its claim, and gives a volume that is a placeholder in it a new one", async () => {
    const namespace = await uniqueNamespace("mixed");
    const templates = JSON.stringify(
      ["cache", "logs"].map((name) => ({
        metadata: { name },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      })),
    );
    const both = {
      annotations: { "volume-claim-template/templates": templates },
      mounts: ["cache", "logs"],
    };
    const placeholders = ["cache", "logs"].map((name) => ({
      name,
      emptyDir: {},
    }));
    const original = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("db", { ...both, volumes: placeholders }),
    });
    const claim = claimOf(original) ?? "";
    const copy = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("copy", {
        ...both,
        volumes: [
          { name: "cache", persistentVolumeClaim: { claimName: claim } },
          { name: "logs", emptyDir: {} },
        ],
      }),
    });
    expect(claimOf(copy)).to.equal(claim);
    const logs = copy.spec?.volumes?.find(({ name }) => name === "logs");
    expect(logs?.persistentVolumeClaim?.claimName).to.match(/^copy-logs-/);
    expect(copy.metadata?.labels)
      .to.include({
        "volume-claim/logs": logs?.persistentVolumeClaim?.claimName,
      })
      .and.not.have.any.keys("volume-claim/cache", "volume-claim/name");
    expect(await claimsIn(suite, namespace)).to.have.lengthOf(3);
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

  it("takes a Pod whose review is six times as large as what the API server was sent", async () => {
    const namespace = await uniqueNamespace("large");
    const pod = aBarePod("large");
    // The API server writes each of these as six bytes.
    for (const container of pod.spec?.containers ?? [])
      container.args = ["<".repeat(1_000_000)];
    const created = await suite.core.createNamespacedPod({
      namespace,
      body: pod,
    });
    expect(claimOf(created)).to.match(/^large-cache-/);
  });

  it("W8: lets a kubelet create the mirror Pod of an annotated static Pod", async () => {
    const namespace = await uniqueNamespace("mirror");
    const node = await suite.core.readNode({ name: "node-1" });
    const pod = aBarePod("static-node-1", {
      annotations: {
        ...cacheAnnotations,
        "kubernetes.io/config.mirror": "abc",
        "kubernetes.io/config.source": "file",
      },
    });
    pod.metadata = {
      ...pod.metadata,
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "Node",
          name: "node-1",
          uid: node.metadata?.uid ?? "",
          controller: true,
        },
      ],
    };
    pod.spec = {
      ...pod.spec,
      containers: pod.spec?.containers ?? [],
      nodeName: "node-1",
      enableServiceLinks: false,
      automountServiceAccountToken: false,
    };
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
    // Not even asked: the API server's own condition has left it out.
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
});

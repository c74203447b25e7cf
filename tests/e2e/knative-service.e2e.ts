import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import { apply, claimsIn, core, kubectl, podsIn } from "./cluster.ts";
import { expectOneBoundClaimEach } from "./one-claim-each.ts";
import { sweepNow } from "./our-jobs.ts";
import { deleteNamespace } from "./wait.ts";
import { isReady, namespaceNamed } from "./workloads.ts";
import { images } from "./overlay.ts";

const namespace = "e2e-knative-service";
const zeroTimeoutMs = 180_000;

/** An HTTP server in the function's image, since a Knative Service is not ready before it answers. */
const server = `
  const { createServer } = require("node:http");
  const { writeFileSync } = require("node:fs");
  writeFileSync("/tmp/data/" + require("node:os").hostname(), "mine");
  createServer((request, response) => response.end("ok")).listen(process.env.PORT);
  process.on("SIGTERM", () => process.exit(0));
`;

describe("a Knative Service with our annotations", () => {
  before(async () => apply(namespaceNamed(namespace)));
  after(() => deleteNamespace(namespace));

  it("gets a claim for each of its Pods, without any feature flag of Knative for claims", async () => {
    const { data } = await core.readNamespacedConfigMap({
      namespace: "knative-serving",
      name: "config-features",
    });
    const enabled = Object.entries(data ?? {}).filter(
      ([key, value]) =>
        /^kubernetes\.podspec-(persistent-)?volume/.test(key) &&
        // The only one that is on as installed.
        key !== "kubernetes.podspec-volumes-emptydir" &&
        value.toLowerCase() !== "disabled",
    );
    expect(enabled, "flags of config-features").to.deep.equal([]);
    await apply({
      apiVersion: "serving.knative.dev/v1",
      kind: "Service",
      metadata: {
        namespace,
        name: "server",
        labels: { "networking.knative.dev/visibility": "cluster-local" },
      },
      spec: {
        template: {
          metadata: {
            annotations: {
              "autoscaling.knative.dev/min-scale": "2",
              "volume-claim-template/name": "data",
              "volume-claim-template/storage": "16Mi",
            },
          },
          spec: {
            containers: [
              {
                image: images["stateful-deployments/function"],
                command: ["node", "--eval", server],
                volumeMounts: [{ name: "data", mountPath: "/tmp/data" }],
              },
            ],
            volumes: [{ name: "data", emptyDir: {} }],
          },
        },
      },
    });
    await kubectl([
      "wait",
      "ksvc/server",
      "--namespace",
      namespace,
      "--for=condition=Ready",
      "--timeout=120s",
    ]);
    const pods = await eventually(
      "two Pods",
      async () => {
        const found = await podsIn(
          namespace,
          "serving.knative.dev/service=server",
        );
        return found.length === 2 && found;
      },
      60_000,
    );
    const used = await expectOneBoundClaimEach(namespace, pods);
    expect((await claimsIn(namespace)).map(nameOf).toSorted()).to.deep.equal(
      used.toSorted(),
    );
    for (const pod of pods) {
      const files = await kubectl([
        "exec",
        `--namespace=${namespace}`,
        nameOf(pod),
        "--container=user-container",
        "--",
        "node",
        "--print",
        'fs.readdirSync("/tmp/data").join()',
      ]);
      expect(files.trim()).to.equal(nameOf(pod));
    }
  });

  it("scaled to zero, its claims go", async () => {
    await sweepNow(`--namespace=${namespace}`);
    const patch = {
      spec: {
        template: {
          metadata: {
            annotations: {
              "autoscaling.knative.dev/min-scale": "0",
              "autoscaling.knative.dev/initial-scale": "1",
            },
          },
        },
      },
    };
    await kubectl([
      "patch",
      "ksvc",
      "server",
      "--namespace",
      namespace,
      "--type",
      "merge",
      "--patch",
      JSON.stringify(patch),
    ]);
    // Each revision's Pods go by themselves once they serve nobody; those of the new one are handed their claims before.
    await eventually(
      "the new revision's Pod",
      async () =>
        (
          await podsIn(
            namespace,
            "serving.knative.dev/configurationGeneration=2",
          )
        ).some(isReady),
      60_000,
    );
    await sweepNow(`--namespace=${namespace}`);
    await eventually(
      "no Pod and no claim",
      async () => {
        const [pods, claims] = await Promise.all([
          podsIn(namespace),
          claimsIn(namespace),
        ]);
        return pods.length === 0 && claims.length === 0;
      },
      zeroTimeoutMs,
    );
  });
});

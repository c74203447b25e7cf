import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  apply,
  claimNamesIn,
  claimsIn,
  core,
  kubectl,
  podsIn,
} from "../steps/cluster.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweep } from "../steps/our-jobs.ts";
import { images } from "../steps/overlay.ts";
import { isReady } from "../steps/workloads.ts";

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

const service = {
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
};

describe("a Knative Service with our annotations", () => {
  useNamespace(namespace);

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
    await apply(service);
    await kubectl(
      `wait ksvc/server --namespace ${namespace} --for=condition=Ready --timeout=120s`,
    );
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
    expect(await claimNamesIn(namespace)).to.have.members(
      await expectOneBoundClaimEach(namespace, pods),
    );
    for (const pod of pods) {
      const files = await kubectl(
        `exec --namespace=${namespace} ${nameOf(pod)} --container=user-container -- node --print fs.readdirSync("/tmp/data").join()`,
      );
      expect(files.trim()).to.equal(nameOf(pod));
    }
  });

  it("scaled to zero, its claims go", async () => {
    await sweep(namespace);
    const annotations = {
      "autoscaling.knative.dev/min-scale": "0",
      "autoscaling.knative.dev/initial-scale": "1",
    };
    const patch = { spec: { template: { metadata: { annotations } } } };
    await kubectl(
      `patch ksvc server --namespace ${namespace} --type merge --patch ${JSON.stringify(patch)}`,
    );
    // Each revision's Pods end by themselves when no client calls them. Before that, a sweep makes the Pods of the new revision owners.
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
    await sweep(namespace);
    await eventually(
      "no Pod and no claim",
      async () =>
        (await podsIn(namespace)).length === 0 &&
        (await claimsIn(namespace)).length === 0,
      zeroTimeoutMs,
    );
  });
});

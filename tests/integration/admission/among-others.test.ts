import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type { V1MutatingWebhook } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  aBarePod,
  admissionSuite,
  aDeployment,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { startPodWebhook } from "../../support/pod-webhook.ts";
import { rejectPodsIn } from "../../support/rejecting-policy.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { webhookConfiguration } from "../../support/webhook.ts";
import { answerOf } from "./behind-proxy.ts";
import { listening } from "../../control-plane/free-port.ts";

describe("the function beside other admission plugins", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  const cleanUps: (() => unknown)[] = [];

  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  /** Registers one more configuration under `name`, for one namespace and one test. */
  async function alsoRegister(
    name: string,
    namespace: string,
    target: { readonly url: string; readonly caPem: string },
    over: Partial<V1MutatingWebhook> = {},
  ): Promise<void> {
    const { kubeConfig } = suite.controlPlane;
    const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
    const configuration = webhookConfiguration(target);
    const matchLabels = { "kubernetes.io/metadata.name": namespace };
    configuration.metadata = { name };
    for (const webhook of configuration.webhooks ?? [])
      Object.assign(webhook, { namespaceSelector: { matchLabels }, ...over });
    await api.createMutatingWebhookConfiguration({ body: configuration });
    cleanUps.push(() => api.deleteMutatingWebhookConfiguration({ name }));
  }

  function admissionsIn(namespace: string): Record<string, unknown>[] {
    return suite.running.log.filter(
      (line) => line["msg"] === "admission" && line["namespace"] === namespace,
    );
  }

  it("W3: creates no second claim when it is called again for a Pod that a later webhook changed", async () => {
    const namespace = await uniqueNamespace("reinvoked");
    const changing = await startPodWebhook(
      suite.controlPlane,
      ({ object }) => ({
        allowed: true,
        patchType: "JSONPatch",
        patch: Buffer.from(
          JSON.stringify(
            object.metadata.labels?.["touched"]
              ? []
              : [{ op: "add", path: "/metadata/labels/touched", value: "yes" }],
          ),
        ).toString("base64"),
      }),
    );
    cleanUps.push(changing.stop);
    await alsoRegister("11-again", namespace, suite.running, {
      matchConditions: [],
      reinvocationPolicy: "IfNeeded",
    });
    await alsoRegister("50-later", namespace, changing, {
      matchConditions: [],
    });

    const pod = await eventually("both webhooks are in force", async () => {
      const created = await suite.core.createNamespacedPod({
        namespace,
        body: aBarePod(`pod-${Date.now()}`),
      });
      if (
        created.metadata?.labels?.["touched"] &&
        admissionsIn(namespace).length >= 3
      )
        return created;
      await suite.core.deleteNamespacedPod({
        namespace,
        name: created.metadata?.name ?? "",
        gracePeriodSeconds: 0,
      });
      await suite.core.deleteCollectionNamespacedPersistentVolumeClaim({
        namespace,
      });
      return undefined;
    });
    const calls = admissionsIn(namespace).filter(
      ({ pod: name }) => name === pod.metadata?.name,
    );
    expect(calls.map(({ outcome }) => outcome)).to.deep.equal([
      "patched",
      "allowed",
      "allowed",
    ]);
    expect(
      new Set(calls.map(({ uid }) => uid)).size,
      "each call has a uid of its own",
    ).to.equal(3);
    const claims = await claimsIn(suite, namespace);
    expect(
      claims
        .filter(({ metadata }) => !metadata?.deletionTimestamp)
        .map(({ metadata }) => metadata?.name),
    ).to.deep.equal([claimOf(pod)]);
  });

  it("W2: creates one claim when the API server repeats its call", async () => {
    const namespace = await uniqueNamespace("repeated");
    const uids: string[] = [];
    const front = createServer(
      await suite.controlPlane.certificate(["127.0.0.1"]),
      (incoming, outgoing) => {
        void json(incoming).then(async (body) => {
          const review = body as { request: { uid: string } };
          uids.push(review.request.uid);
          const response = await answerOf(suite.running, "10s", review);
          // The function has done its work, but a gateway answers 503 and asks for another try.
          if (uids.length === 1)
            outgoing.writeHead(503, { "retry-after": "0" }).end();
          else {
            outgoing.setHeader("content-type", "application/json");
            outgoing.end(JSON.stringify({ ...review, response }));
          }
        });
      },
    );
    const port = await listening(front);
    cleanUps.push(() => {
      front.close();
      front.closeAllConnections();
    });
    await alsoRegister(
      "05-lossy",
      namespace,
      { url: `https://127.0.0.1:${port}/`, caPem: suite.running.caPem },
      { matchConditions: [] },
    );

    await eventually("the API server came twice", async () => {
      await suite.core.createNamespacedPod({
        namespace,
        body: aBarePod(`pod-${Date.now()}`),
      });
      return uids.length > 0;
    });
    expect(uids).to.have.lengthOf(2);
    expect(uids[0]).to.equal(uids[1]);
    const pods = await podsIn(suite, namespace);
    expect(
      (await claimsIn(suite, namespace))
        .map(({ metadata }) => metadata?.name)
        .toSorted(),
    ).to.deep.equal(pods.map(claimOf).toSorted());
  });

  it("W1: leaves one claim for each Pod that is rejected after it, with the controller and the request", async () => {
    const namespace = await uniqueNamespace("rejected-later");
    cleanUps.push(
      await rejectPodsIn(
        suite.controlPlane.kubeConfig,
        namespace,
        "no Pods today",
      ),
    );
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 3),
    });
    const tries = () =>
      admissionsIn(namespace).filter(({ dryRun }) => dryRun !== true);
    const replicaSets = async () =>
      (await suite.apps.listNamespacedReplicaSet({ namespace })).items;
    const owner = await eventually(
      "the ReplicaSet has tried four times",
      async () => {
        const [replicaSet] = await replicaSets();
        return tries().length >= 4 && replicaSet?.metadata?.uid;
      },
    );
    // No more tries, so that the test can count tries and claims.
    await suite.apps.deleteNamespacedDeployment({ namespace, name: "web" });
    await eventually(
      "the ReplicaSet is gone",
      async () => (await replicaSets()).length === 0,
    );
    // The last try may still be under way.
    await eventually("each try has one claim", async () => {
      const claims = await claimsIn(suite, namespace);
      const values = (key: string) =>
        claims.map(({ metadata }) => metadata?.annotations?.[key]).toSorted();
      expect(values("volume-claim/request-uid")).to.deep.equal(
        tries()
          .map(({ uid }) => uid)
          .toSorted(),
      );
      expect(new Set(values("volume-claim/owner-uid"))).to.deep.equal(
        new Set([owner]),
      );
      return true;
    });
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
  });
});

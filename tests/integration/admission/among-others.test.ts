import { once } from "node:events";
import { createServer, request as send } from "node:https";
import type { AddressInfo } from "node:net";
import type { V1MutatingWebhookConfiguration } from "@kubernetes/client-node";
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
import { refusePodsIn } from "../../support/refusing-policy.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { webhookConfiguration } from "../../support/webhook.ts";
import { registerIn } from "./namespaced-webhook.ts";

describe("the function among other admission plugins", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  const cleanUps: (() => unknown)[] = [];

  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  /** Registers one more configuration, for one namespace only, for the length of one test. */
  async function alsoRegister(
    configuration: V1MutatingWebhookConfiguration,
    namespace: string,
  ): Promise<void> {
    for (const webhook of configuration.webhooks ?? [])
      webhook.matchConditions = [];
    cleanUps.push(await registerIn(suite, namespace, configuration));
  }

  function admissionsIn(namespace: string): Record<string, unknown>[] {
    return suite.running.log.filter(
      (line) => line["msg"] === "admission" && line["namespace"] === namespace,
    );
  }

  it("W3: makes no second claim when it is called again for a Pod that a later webhook changed", async () => {
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
    const again = webhookConfiguration(suite.running);
    again.metadata = { name: "11-again" };
    for (const webhook of again.webhooks ?? [])
      webhook.reinvocationPolicy = "IfNeeded";
    await alsoRegister(again, namespace);
    const later = webhookConfiguration(changing);
    later.metadata = { name: "50-later" };
    await alsoRegister(later, namespace);

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

  it("W2: makes one claim when the API server itself repeats its call", async () => {
    const namespace = await uniqueNamespace("repeated");
    const uids: string[] = [];
    const front = createServer(
      await suite.controlPlane.certificate(["127.0.0.1"]),
      (incoming, outgoing) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => {
          const body = Buffer.concat(chunks);
          uids.push(
            (JSON.parse(body.toString()) as { request: { uid: string } })
              .request.uid,
          );
          const forwarded = send(
            suite.running.url,
            {
              method: "POST",
              ca: suite.running.caPem,
              headers: { "content-type": "application/json" },
            },
            (answer) => {
              if (uids.filter((uid) => uid === uids.at(-1)).length > 1) {
                outgoing.setHeader("content-type", "application/json");
                answer.pipe(outgoing);
                return;
              }
              // The work is done, the answer is lost on the way, and a gateway asks for another try.
              answer.resume();
              outgoing.writeHead(503, { "retry-after": "0" }).end();
            },
          );
          forwarded.end(body);
        });
      },
    );
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    cleanUps.push(() => {
      front.close();
      front.closeAllConnections();
    });
    const configuration = webhookConfiguration({
      url: `https://127.0.0.1:${(front.address() as AddressInfo).port}/`,
      caPem: suite.running.caPem,
    });
    configuration.metadata = { name: "05-lossy" };
    await alsoRegister(configuration, namespace);

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

  it("W1: leaves at most one claim a try for Pods that are refused after it, each naming the controller and the request", async () => {
    const namespace = await uniqueNamespace("refused-later");
    cleanUps.push(
      await refusePodsIn(
        suite.controlPlane.kubeConfig,
        namespace,
        "no Pods today",
      ),
    );
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 3),
    });
    const owner = await eventually(
      "the ReplicaSet has tried four times",
      async () => {
        const [replicaSet] = (
          await suite.apps.listNamespacedReplicaSet({ namespace })
        ).items;
        return (
          admissionsIn(namespace).filter(({ dryRun }) => dryRun !== true)
            .length >= 4 && replicaSet
        );
      },
    );
    // No more tries, so that tries and claims can be counted.
    await suite.apps.deleteNamespacedDeployment({ namespace, name: "web" });
    await eventually(
      "the ReplicaSet is gone",
      async () =>
        (await suite.apps.listNamespacedReplicaSet({ namespace })).items
          .length === 0,
    );

    // The last try may still be under way.
    const claims = await eventually("each try has one claim", async () => {
      const tries = admissionsIn(namespace).filter(
        ({ dryRun }) => dryRun !== true,
      );
      const found = await claimsIn(suite, namespace);
      expect(
        found
          .map(
            ({ metadata }) =>
              metadata?.annotations?.["volume-claim/request-uid"],
          )
          .toSorted(),
      ).to.deep.equal(tries.map(({ uid }) => uid).toSorted());
      return found;
    });
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
    for (const { metadata } of claims)
      expect(metadata?.annotations).to.have.property(
        "volume-claim/owner-uid",
        owner.metadata?.uid,
      );
  });
});

import { BatchV1Api } from "@kubernetes/client-node";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  aBarePod,
  admissionSuite,
  aDeployment,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { aPod, cacheAnnotations } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import {
  FINISHED_PODS,
  IDLE_TTL,
  reasonsOf,
  RETENTION,
  sweepOn,
} from "../janitor/runs.ts";

const DAY = 86_400_000;

describe("life cycles from the Pod's annotations to the end of its claim", function () {
  this.timeout(90_000);
  const suite = admissionSuite();
  let namespace: string;

  beforeEach(async () => {
    namespace = await uniqueNamespace("whole-life");
  });

  const sweep = async (laterMs = 0): Promise<Record<string, string>> =>
    reasonsOf(
      await sweepOn(suite.controlPlane.kubeconfigPath, namespace, { laterMs }),
    );
  const claimNamed = async (
    name: string,
  ): Promise<V1PersistentVolumeClaim | undefined> =>
    (await claimsIn(suite, namespace)).find(
      ({ metadata }) => metadata?.name === name,
    );
  const ownersOf = async (name: string): Promise<(string | undefined)[]> =>
    ((await claimNamed(name))?.metadata?.ownerReferences ?? []).map(
      (owner) => owner.name,
    );
  const isGone = (name: string) =>
    eventually(
      `${name} is gone`,
      async () => (await claimNamed(name)) === undefined,
    );
  /** The life-cycle annotations that the function wrote into the claim. */
  const lifeCycleOf = async (name: string): Promise<object> => {
    const annotations = (await claimNamed(name))?.metadata?.annotations ?? {};
    return Object.fromEntries(
      Object.entries(annotations).filter(([key]) =>
        key.startsWith("volume-claim-template/"),
      ),
    );
  };
  /** Resolves with the first Pod of the namespace in that phase, and its claim. */
  const podIn = (phase: string): Promise<{ pod: string; claim: string }> =>
    eventually(`a Pod is ${phase}`, async () => {
      const [pod = {}] = await podsIn(suite, namespace);
      const claim = claimOf(pod) ?? "";
      const bound = (await claimNamed(claim))?.status?.phase === "Bound";
      return (
        pod.status?.phase === phase &&
        bound && { pod: pod.metadata?.name ?? "", claim }
      );
    });
  const deletePod = (name: string): Promise<unknown> =>
    suite.core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  const podGone = (): Promise<unknown> =>
    eventually(
      "the Pod is gone",
      async () => (await podsIn(suite, namespace)).length === 0,
    );
  const runningPod = async (
    lifeCycle: Readonly<Record<string, string>>,
  ): Promise<{ pod: string; claim: string }> => {
    await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("web-1", {
        annotations: { ...cacheAnnotations, ...lifeCycle },
      }),
    });
    return await podIn("Running");
  };

  it("nothing said: the claim says nothing either, is adopted and goes with its Pod", async () => {
    const { pod, claim } = await runningPod({});
    expect(await lifeCycleOf(claim)).to.deep.equal({});
    expect(await sweep()).to.deep.equal({ [claim]: "in-use" });
    expect(await ownersOf(claim)).to.deep.equal([pod]);
    await deletePod(pod);
    await isGone(claim);
  });

  it("retention Retain with idle-ttl: the claims of a Deployment that was scaled down go when that time is over", async () => {
    const lifeCycle = { [RETENTION]: "Retain", [IDLE_TTL]: "36h" };
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 1, { ...cacheAnnotations, ...lifeCycle }),
    });
    const { claim } = await podIn("Running");
    expect(await lifeCycleOf(claim)).to.deep.equal(lifeCycle);
    expect(await sweep()).to.deep.equal({ [claim]: "in-use" });
    expect(await ownersOf(claim)).to.deep.equal([]);

    await suite.apps.patchNamespacedDeployment({
      namespace,
      name: "web",
      body: [{ op: "replace", path: "/spec/replicas", value: 0 }],
    });
    await podGone();
    expect(await sweep()).to.deep.equal({ [claim]: "idle-first-run" });
    expect(await sweep(1.4 * DAY)).to.deep.equal({ [claim]: "idle" });
    expect(await sweep(1.6 * DAY)).to.deep.equal({ [claim]: "idle-too-long" });
    await isGone(claim);
  });

  it("J4 finished-pods Release: the claim of a Job is asked to go when its Pod has finished, and goes with it", async () => {
    const lifeCycle = { [FINISHED_PODS]: "Release" };
    const { spec } = aPod();
    await suite.controlPlane.kubeConfig
      .makeApiClient(BatchV1Api)
      .createNamespacedJob({
        namespace,
        body: {
          metadata: { name: "build" },
          spec: {
            template: {
              metadata: {
                annotations: { ...cacheAnnotations, ...lifeCycle },
              },
              spec: { containers: [], ...spec, restartPolicy: "Never" },
            },
          },
        },
      });
    const { pod, claim } = await podIn("Succeeded");
    expect(await lifeCycleOf(claim)).to.deep.equal(lifeCycle);
    expect(await sweep()).to.deep.equal({ [claim]: "only-finished-pods" });
    expect(await sweep()).to.deep.equal({ [claim]: "terminating" });
    await deletePod(pod);
    await isGone(claim);
  });

  it("one Pod, two volumes: each claim has the life cycle of its own template, else the Pod's", async () => {
    const templates = [
      { name: "cache", annotations: { [RETENTION]: "Delete" } },
      { name: "data", annotations: {} },
    ].map(({ name, annotations }) => ({
      metadata: { name, annotations },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    }));
    await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("web-1", {
        annotations: {
          "volume-claim-template/templates": JSON.stringify(templates),
          [RETENTION]: "Retain",
        },
        volumes: [],
        mounts: ["cache", "data"],
      }),
    });
    const { pod, claim: cache } = await podIn("Running");
    const names = (await claimsIn(suite, namespace)).map(
      ({ metadata }) => metadata?.name ?? "",
    );
    const data = names.find((name) => name !== cache) ?? "";
    expect(await sweep()).to.deep.equal({
      [cache]: "in-use",
      [data]: "retained",
    });
    await deletePod(pod);
    await isGone(cache);
    for (const laterMs of [0, 365 * DAY])
      expect(await sweep(laterMs)).to.deep.equal({ [data]: "retained" });
  });
});

import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { outcomesOf } from "../../janitor/outcome.ts";
import { startApiProxy } from "../support/api-proxy.ts";
import type { ProxiedRequest } from "../support/fault.ts";
import { eventually } from "../support/eventually.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
  uniqueNamespace,
} from "../support/shared-control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";
import {
  claimsIn,
  createClaim,
  createPod,
  deletePod,
  patchClaim,
  reasonsOf,
  sweepOn,
} from "./janitor-world.ts";

function isPatch({ method }: ProxiedRequest): boolean {
  return method === "PATCH";
}

/** The first request after the first look at the Pods that may be the one that comes too late. */
function secondLookOrPatch(): (request: ProxiedRequest) => boolean {
  let looks = 0;
  return (request) => {
    if (request.method === "GET" && request.path.endsWith("/pods")) looks += 1;
    return looks === 2 || isPatch(request);
  };
}

describe("the janitor beside Kubernetes' controllers", function () {
  this.timeout(60_000);
  let controlPlane: ControlPlane;
  let core: CoreV1Api;
  let namespace: string;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
    skipWithout(
      this,
      controlPlane,
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
    );
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  });
  beforeEach(async () => {
    namespace = await uniqueNamespace("janitor");
  });

  const sweep = () => sweepOn(controlPlane.kubeconfigPath, namespace);
  const boundClaim = async (): Promise<string> => {
    const { name } = await createClaim(controlPlane, namespace);
    await eventually(`${name} is Bound`, async () => {
      const claim = (await claimsIn(controlPlane, namespace)).get(name);
      return claim?.status?.phase === "Bound";
    });
    return name;
  };
  const runningPod = async (
    ...[name, claim, more]: [string, string, Parameters<typeof createPod>[4]?]
  ): Promise<void> => {
    await createPod(controlPlane, namespace, name, claim, more);
    await eventually(`${name} runs`, async () => {
      const pod = await core.readNamespacedPod({ namespace, name });
      return pod.status?.phase === "Running";
    });
  };
  const isGone = (name: string) =>
    eventually(`${name} is gone`, async () => {
      const left = await claimsIn(controlPlane, namespace);
      return !left.has(name);
    });

  /** A claim that is adopted goes with its Pod: once it has, the garbage collector has been here. */
  const garbageCollected = async (): Promise<void> => {
    const witness = await boundClaim();
    await runningPod("witness", witness);
    await sweep();
    await deletePod(controlPlane, namespace, "witness");
    await isGone(witness);
  };

  it("J17 lets the garbage collector delete an adopted claim with its last Pod, not before", async () => {
    const claim = await boundClaim();
    await runningPod("web-1", claim);
    await runningPod("debug", claim, { byHand: true });
    const [outcome] = outcomesOf(await sweep());
    expect(outcome).to.have.property("owners", "adopt");

    await deletePod(controlPlane, namespace, "web-1");
    await eventually(
      "the garbage collector drops the first owner",
      async () => {
        const left = (await claimsIn(controlPlane, namespace)).get(claim);
        return left?.metadata?.ownerReferences?.length === 1;
      },
    );
    const left = (await claimsIn(controlPlane, namespace)).get(claim);
    expect(left?.metadata?.deletionTimestamp).to.equal(undefined);

    await deletePod(controlPlane, namespace, "debug");
    await isGone(claim);
  });

  describe("J1 does not hand a claim to the garbage collector whose Pod gives way to another", () => {
    const cases = [
      {
        name: "before the second look",
        match: secondLookOrPatch(),
        status: {},
      },
      {
        name: "before a patch that has to be repeated",
        match: isPatch,
        status: { status: 503 },
      },
    ];
    for (const { name, match, status } of cases)
      it(name, async () => {
        const proxy = await startApiProxy(controlPlane);
        const claim = await boundClaim();
        await runningPod("web-1", claim);
        const fault = proxy.intercept(
          match,
          {
            before: async () => {
              await deletePod(controlPlane, namespace, "web-1");
              await eventually("web-1 is gone", async () => {
                const { items } = await core.listNamespacedPod({ namespace });
                return items.length === 0;
              });
              await createPod(controlPlane, namespace, "restored", claim, {
                nodeSelector: { "example.com/none": "true" },
              });
            },
            ...status,
          },
          1,
        );
        const report = await sweepOn(
          proxy.kubeconfigFor(controlPlane.adminToken),
          namespace,
        );
        await proxy.stop();
        expect(fault.hits).to.equal(1);
        expect(reasonsOf(report)).to.deep.equal({ [claim]: "in-use" });

        await garbageCollected();
        const left = (await claimsIn(controlPlane, namespace)).get(claim);
        expect(left?.metadata).to.include({ name: claim });
        expect(left?.metadata?.deletionTimestamp).to.equal(undefined);
        expect(left?.metadata?.ownerReferences).to.equal(undefined);
      });
  });

  it("releases a claim that is held, so that it outlives its Pod", async () => {
    const claim = await boundClaim();
    await runningPod("web-1", claim);
    await sweep();
    await patchClaim(controlPlane, namespace, claim, {
      annotations: { "volume-claim/hold": "true" },
    });
    const [outcome] = outcomesOf(await sweep());
    expect(outcome).to.have.property("owners", "release");
    await deletePod(controlPlane, namespace, "web-1");
    await garbageCollected();
    expect(reasonsOf(await sweep())).to.deep.equal({ [claim]: "held" });
  });

  it("J3 keeps the claim of a Pod that cannot be scheduled, which nothing else protects", async () => {
    const claim = await boundClaim();
    await createPod(controlPlane, namespace, "waiting", claim, {
      nodeSelector: { "example.com/none": "true" },
    });
    await eventually("the scheduler gave up", async () => {
      const { status } = await core.readNamespacedPod({
        namespace,
        name: "waiting",
      });
      return status?.conditions?.some(
        ({ reason }) => reason === "Unschedulable",
      );
    });
    const [outcome] = outcomesOf(await sweep());
    expect(outcome?.decision.why).to.equal(
      "used by Pod waiting (Pending, no node yet)",
    );
    expect((await claimsIn(controlPlane, namespace)).has(claim)).to.equal(true);

    await core.deleteNamespacedPersistentVolumeClaim({
      namespace,
      name: claim,
    });
    await isGone(claim);
  });

  it("J5 J15 reports a Terminating claim with the Terminating Pod that blocks it", async () => {
    const claim = await boundClaim();
    await runningPod("web-1", claim, { finalizers: ["example.com/dead-node"] });
    await deletePod(controlPlane, namespace, "web-1");
    expect(reasonsOf(await sweep())).to.deep.equal({ [claim]: "in-use" });
    await core.deleteNamespacedPersistentVolumeClaim({
      namespace,
      name: claim,
    });
    const [outcome] = outcomesOf(await sweep());
    expect(outcome?.decision.reason).to.equal("terminating");
    expect(outcome?.decision.why).to.match(
      /waits for Pod web-1 \(Running, Terminating\)$/,
    );
    await core.patchNamespacedPod({
      namespace,
      name: "web-1",
      body: [{ op: "remove", path: "/metadata/finalizers" }],
    });
    await isGone(claim);
  });

  it("deletes a bound claim, and its volume goes too", async () => {
    const claim = await boundClaim();
    const volume = (await claimsIn(controlPlane, namespace)).get(claim)?.spec
      ?.volumeName;
    expect(reasonsOf(await sweep())).to.deep.equal({ [claim]: "unused" });
    await isGone(claim);
    await eventually("the volume is gone", async () => {
      const { items } = await core.listPersistentVolume();
      return items.every(({ metadata }) => metadata?.name !== volume);
    });
  });
});

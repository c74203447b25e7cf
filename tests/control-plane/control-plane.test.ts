import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
  uniqueNamespace,
} from "../support/shared-control-plane.ts";
import { type ControlPlane } from "./control-plane.ts";

describe("the control plane", function () {
  this.timeout(60_000);

  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
  });

  it("runs a Deployment's Pods on its Nodes", async function () {
    skipWithout(this, controlPlane, "kube-controller-manager", "kwok");
    const namespace = await uniqueNamespace("deployment");
    await controlPlane.kubeConfig
      .makeApiClient(AppsV1Api)
      .createNamespacedDeployment({
        namespace,
        body: {
          metadata: { name: "web" },
          spec: {
            replicas: 3,
            selector: { matchLabels: { app: "web" } },
            template: {
              metadata: { labels: { app: "web" } },
              spec: { containers: [{ name: "web", image: "web" }] },
            },
          },
        },
      });
    const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    const pods = await eventually("three Pods run", async () => {
      const { items } = await core.listNamespacedPod({ namespace });
      const ready = items.filter(({ status }) => status?.phase === "Running");
      return ready.length === 3 && ready;
    });
    for (const pod of pods) {
      expect(pod.spec?.nodeName).to.match(/^node-[12]$/);
      expect(pod.metadata?.ownerReferences?.[0]?.kind).to.equal("ReplicaSet");
    }
  });

  it("binds a claim without a class to a volume of the default class", async function () {
    skipWithout(this, controlPlane, "kube-controller-manager");
    const namespace = await uniqueNamespace("claim");
    const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: "data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      },
    });
    const claim = await eventually("the claim is bound", async () => {
      const read = await core.readNamespacedPersistentVolumeClaim({
        namespace,
        name: "data",
      });
      return read.status?.phase === "Bound" && read;
    });
    expect(claim.spec?.storageClassName).to.equal("standard");
    expect(claim.spec?.volumeName).to.match(/^pvc-/);
  });

  it("knows a ServiceAccount by its token and gives it no rights of its own", async function () {
    skipWithout(this, controlPlane, "kubectl");
    const namespace = await uniqueNamespace("token");
    const token = await controlPlane.tokenFor(namespace, "default");
    const kubeconfig = controlPlane.kubeconfigFor(token);
    const pods = await controlPlane.kubectl(["get", "pods", "-n", namespace], {
      kubeconfig,
    });
    expect(pods.exitCode).to.equal(1);
    expect(pods.stderr).to.include(
      `User "system:serviceaccount:${namespace}:default" cannot list resource "pods"`,
    );
  });

  it("takes the administrator's token", async function () {
    skipWithout(this, controlPlane, "kubectl");
    const kubeconfig = controlPlane.kubeconfigFor(controlPlane.adminToken);
    const answer = await controlPlane.kubectl(
      ["auth", "can-i", "*", "*", "--all-namespaces"],
      { kubeconfig },
    );
    expect(answer).to.include({ stdout: "yes\n", exitCode: 0 });
  });

  it("gives kubectl its input", async function () {
    skipWithout(this, controlPlane, "kubectl");
    const namespace = await uniqueNamespace("kubectl");
    const manifest = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace },
    };
    expect(
      await controlPlane.kubectl(["apply", "-f", "-"], {
        input: JSON.stringify(manifest),
      }),
    ).to.deep.equal({
      stdout: "configmap/settings created\n",
      stderr: "",
      exitCode: 0,
    });
  });
});

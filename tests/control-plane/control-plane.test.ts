import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { processesOf } from "../support/processes-of.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
  uniqueNamespace,
} from "../support/shared-control-plane.ts";
import { findBinaries } from "./binaries.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";

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

  it("comes as often as wanted at the same time, each with its own objects", async () => {
    const [first, second] = await Promise.all([
      startControlPlane({ controllers: false }),
      startControlPlane({ controllers: false }),
    ]);
    try {
      expect(first.server).not.to.equal(second.server);
      await first.kubeConfig
        .makeApiClient(CoreV1Api)
        .createNamespace({ body: { metadata: { name: "only-here" } } });
      await first.stop();
      const { items } = await second.kubeConfig
        .makeApiClient(CoreV1Api)
        .listNamespace();
      expect(items.map(({ metadata }) => metadata?.name)).to.have.members([
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system",
      ]);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  });

  it("writes an audit log when asked to, one line before each answer", async () => {
    const audited = await startControlPlane({
      controllers: false,
      auditLog: true,
    });
    try {
      await audited.kubeConfig
        .makeApiClient(CoreV1Api)
        .readNamespace({ name: "kube-system" });
      const lines = await readFile(audited.auditLogPath ?? "", "utf8");
      const events = lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { requestURI: string })
        .filter(({ requestURI }) =>
          requestURI.endsWith("/namespaces/kube-system"),
        );
      expect(events.at(-1)).to.deep.include({
        verb: "get",
        level: "Metadata",
        stage: "ResponseComplete",
        requestURI: "/api/v1/namespaces/kube-system",
      });
    } finally {
      await audited.stop();
    }
  });

  it("runs etcd and kube-apiserver alone where there is nothing else", async () => {
    const assets = await mkdtemp(path.join(tmpdir(), "assets-"));
    for (const program of ["etcd", "kube-apiserver"] as const) {
      await symlink(
        controlPlane.binaries.path(program),
        path.join(assets, program),
      );
    }
    const small = await startControlPlane({
      binaries: await findBinaries({ env: { KUBEBUILDER_ASSETS: assets } }),
    });
    try {
      expect(small.running).to.deep.equal(["etcd", "kube-apiserver"]);
      // Pods can be created all the same: the ServiceAccount they need is there.
      const pod = await small.kubeConfig
        .makeApiClient(CoreV1Api)
        .createNamespacedPod({
          namespace: "default",
          body: {
            metadata: { name: "pod" },
            spec: { containers: [{ name: "main", image: "image" }] },
          },
        });
      expect(pod.status?.phase).to.equal("Pending");
    } finally {
      await small.stop();
      await rm(assets, { recursive: true });
    }
  });

  it("shows the end of the log of a process that does not start, and leaves nothing", async () => {
    const before = await readdir(tmpdir());
    const error: unknown = await startControlPlane({
      controllers: false,
      apiServerFlags: ["--no-such-flag"],
    }).catch((reason: unknown) => reason);
    expect(error).to.be.an.instanceOf(Error);
    expect(String(error)).to.match(
      /^ProcessFailure: kube-apiserver ended with exit code 1; the end of its log:\n(.*\n)*.*unknown flag: --no-such-flag/,
    );
    const left = (await readdir(tmpdir())).filter(
      (name) =>
        name.startsWith("stateful-deployments-") && !before.includes(name),
    );
    expect(left).to.deep.equal([]);
  });

  it("tells when a process ends later by itself, and stop() fails with it", async () => {
    const lines: string[] = [];
    const broken = await startControlPlane({
      controllers: false,
      log: (line) => lines.push(line),
    });
    expect(lines.at(-1)).to.match(/^the control plane is ready \(\d+\.\d s\)$/);
    const processes = await processesOf(broken.directory);
    const etcd = processes.find(({ commandLine }) =>
      commandLine.startsWith(broken.binaries.path("etcd")),
    );
    process.kill(etcd?.pid ?? Number.NaN, "SIGKILL");

    const failure = await broken.failed;
    expect(failure.message).to.match(
      /^etcd was ended by SIGKILL; the end of its log:\n.+/,
    );
    expect(lines.at(-1)).to.equal(failure.message);
    const stopped: unknown = await broken
      .stop()
      .catch((error: unknown) => error);
    expect(stopped).to.equal(failure);
    expect(await processesOf(broken.directory)).to.deep.equal([]);
  });
});

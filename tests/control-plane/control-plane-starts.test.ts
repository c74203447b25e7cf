import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { processesOf } from "../support/processes-of.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
} from "../support/shared-control-plane.ts";
import { findBinaries } from "./binaries.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";

describe("starting a control plane", function () {
  this.timeout(60_000);

  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
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

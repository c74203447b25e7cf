import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { processesOf } from "../support/processes-of.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
} from "../support/shared-control-plane.ts";

/** Starts `starter.ts`; it tells its directory as soon as all is up. */
async function runStarter(
  end: "wait" | "throw" | "return",
  scope: "control plane" | "idle processes",
) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.resolve("./starter.ts")), end, scope],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  const { directory, kubeconfigPath } = JSON.parse(line) as {
    directory: string;
    kubeconfigPath?: string;
  };
  return { child, exited, directory, kubeconfigPath };
}

type Starter = Awaited<ReturnType<typeof runStarter>>;

async function boundVolumePath(kubeconfigPath = ""): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedPersistentVolumeClaim({
    namespace: "default",
    body: {
      metadata: { name: "data" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    },
  });
  return eventually("the claim's volume", async () => {
    const { items } = await core.listPersistentVolume();
    return items[0]?.spec?.hostPath?.path;
  });
}

describe("the lifetime of a control plane", function () {
  this.timeout(60_000);

  before(async function () {
    this.timeout(startTimeoutMs);
    // The starters must not build.
    await sharedControlPlane();
  });

  // Whatever a test found, the program it started ends.
  let started: Starter | undefined;
  afterEach(() => started?.child.kill("SIGKILL"));

  it("ends, with everything it left on the disk, when its starter gets SIGKILL", async function () {
    skipWithout(
      this,
      await sharedControlPlane(),
      "kube-controller-manager",
      "kwok",
    );
    const starter = await runStarter("wait", "control plane");
    started = starter;
    const volume = await boundVolumePath(starter.kubeconfigPath);
    const processes = await processesOf(starter.directory);
    expect(processes).to.have.length(6);
    const dataDirectory = processes
      .map(
        ({ commandLine }) => /--data-dir=(\S+)\/etcd\b/.exec(commandLine)?.[1],
      )
      .find((found) => found !== undefined);
    expect(existsSync(volume)).to.equal(true);
    expect(existsSync(dataDirectory ?? "")).to.equal(true);

    starter.child.kill("SIGKILL");

    await eventually(
      "no process left",
      async () => (await processesOf(starter.directory)).length === 0,
    );
    expect(existsSync(starter.directory)).to.equal(false);
    expect(existsSync(dataDirectory ?? "")).to.equal(false);
    expect(existsSync(volume)).to.equal(false);
  });

  const ends = [
    { name: "gets Ctrl-C", end: "wait", signal: "SIGINT" },
    { name: "gets SIGTERM", end: "wait", signal: "SIGTERM" },
    { name: "throws an error nobody catches", end: "throw", signal: undefined },
    {
      name: "is done and never calls stop()",
      end: "return",
      signal: undefined,
    },
  ] as const;
  for (const { name, end, signal } of ends) {
    it(`ends when its starter ${name}`, async () => {
      const starter = await runStarter(end, "idle processes");
      started = starter;
      if (end === "wait")
        await eventually(
          "both processes, and what cleans up after them",
          async () => (await processesOf(starter.directory)).length === 3,
        );
      if (signal !== undefined) starter.child.kill(signal);
      const [code, endedBy] = await starter.exited;
      expect({ code, endedBy }).to.deep.equal({
        code: signal === undefined ? (end === "throw" ? 1 : 0) : null,
        endedBy: signal ?? null,
      });
      await eventually(
        "no process and no directory left",
        async () =>
          (await processesOf(starter.directory)).length === 0 &&
          !existsSync(starter.directory),
      );
    });
  }
});

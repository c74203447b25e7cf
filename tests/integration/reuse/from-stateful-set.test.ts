import { randomBytes } from "node:crypto";
import {
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import type {
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import {
  installedCluster,
  NAMESPACE,
} from "../../manifests/installed-cluster.ts";
import type { InstalledCluster } from "../../manifests/installed-cluster.ts";
import { RENDER } from "../../support/built-programs.ts";
import { eventually } from "../../support/eventually.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { reasonsOf, sweepOn } from "../janitor/runs.ts";

const repository = path.join(import.meta.dirname, "../../..");
const DAY = 86_400_000;
const CLAIMS = ["data-postgres-0", "data-postgres-1", "data-postgres-2"];

/** The commands of a section of docs/reuse.md, block by block. */
function commandsUnder(heading: string): string[] {
  const page = readFileSync(path.join(repository, "docs/reuse.md"), "utf8");
  const [, section = ""] = page.split(`\n${heading}\n`);
  const [own = ""] = section.split(/^##/m);
  return [...own.matchAll(/^```sh\n([^]*?)^```/gm)].map(
    ([, text = ""]) => text,
  );
}

/** What the page begins with. Its claims go with its Pods, unless somebody changes that. */
const statefulSet: V1StatefulSet = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "postgres" },
  spec: {
    replicas: 3,
    serviceName: "postgres",
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: "Delete",
      whenScaled: "Delete",
    },
    selector: { matchLabels: { app: "postgres" } },
    template: {
      metadata: { labels: { app: "postgres" } },
      spec: {
        containers: [
          {
            name: "postgres",
            image: "postgres:17",
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "20Gi" } },
        },
      },
    ],
  },
};

describe("the way from a StatefulSet to a Deployment in docs/reuse.md", function () {
  this.timeout(180_000);
  const namespace = `moved-${randomBytes(4).toString("hex")}`;
  const rbac = "rbac.authorization.k8s.io";
  let cluster: InstalledCluster;
  let core: CoreV1Api;
  let directory: string;
  /** The uid of each claim of the StatefulSet, by its name. */
  let uids: Map<string, string>;

  before(async function () {
    cluster = await installedCluster(this);
    const { controlPlane } = cluster;
    core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    await createNamespace(controlPlane.kubeConfig, namespace);
    await cluster.apply(
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "owner", namespace },
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: "RoleBinding",
        metadata: { name: "owner", namespace },
        roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "edit" },
        subjects: [{ kind: "ServiceAccount", name: "owner", namespace }],
      },
    );
    directory = mkdtempSync(path.join(tmpdir(), "moved-"));
    symlinkSync(
      path.join(repository, "examples"),
      path.join(directory, "examples"),
    );
    const kubeconfig = controlPlane.kubeconfigFor(
      await controlPlane.tokenFor(namespace, "owner"),
    );
    const program = (name: string, command: string): void =>
      writeFileSync(
        path.join(directory, name),
        `#!/bin/sh\nexec ${command} "$@"\n`,
        { mode: 0o755 },
      );
    program(
      "kubectl",
      `'${controlPlane.binaries.path("kubectl")}' --kubeconfig='${kubeconfig}' --namespace=${namespace}`,
    );
    program(
      "stateful-deployments-render",
      `'${process.execPath}' '${path.join(repository, RENDER)}'`,
    );
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs commands as a person who may edit the namespace and nothing else. */
  async function run(commands: string, input = ""): Promise<string> {
    const { stdout, stderr, exitCode } = await runProgram(
      "bash",
      ["-euo", "pipefail", "-c", `cd '${directory}'; ${commands}`],
      { input, env: { PATH: `${directory}:${process.env["PATH"]}` } },
    );
    expect(exitCode, stdout + stderr).to.equal(0);
    return stdout;
  }

  const claims = async (): Promise<V1PersistentVolumeClaim[]> =>
    (await core.listNamespacedPersistentVolumeClaim({ namespace })).items;

  /** Expects the claims of the StatefulSet, the very same, and no other. */
  async function expectSameClaims(): Promise<void> {
    const now = await claims();
    expect(
      new Map(now.map(({ metadata }) => [metadata?.name, metadata?.uid ?? ""])),
    ).to.deep.equal(uids);
    for (const { metadata } of now)
      expect(metadata?.deletionTimestamp).to.equal(undefined);
  }

  /** Waits until three Pods run, each on a claim of its own; returns them. */
  const threeRun = (app: string): Promise<V1Pod[]> =>
    eventually(
      `three Pods of ${app} run, each on a claim`,
      async () => {
        const { items } = await core.listNamespacedPod({
          namespace,
          labelSelector: `app=${app}`,
        });
        const used = items.map(
          ({ spec }) =>
            spec?.volumes?.find(({ name }) => name === "data")
              ?.persistentVolumeClaim?.claimName,
        );
        return (
          items.every(
            ({ metadata, status }) =>
              status?.phase === "Running" && !metadata?.deletionTimestamp,
          ) &&
          used.toSorted().join() === CLAIMS.join() &&
          items
        );
      },
      120_000,
    );

  const sweep = async (laterMs: number): Promise<Record<string, string>> => {
    const { controlPlane } = cluster;
    const report = await sweepOn(
      controlPlane.kubeconfigFor(
        await controlPlane.tokenFor(NAMESPACE, "janitor"),
      ),
      namespace,
      { laterMs },
    );
    expect(report.namespaces.flatMap(({ failures }) => failures)).to.deep.equal(
      [],
    );
    return reasonsOf(report);
  };

  it("moves the claims of three replicas, as a person who may edit the namespace", async () => {
    await run("kubectl apply -f -", JSON.stringify(statefulSet));
    await threeRun("postgres");
    uids = new Map(
      (await claims()).map(({ metadata }) => [
        metadata?.name ?? "",
        metadata?.uid ?? "",
      ]),
    );
    expect([...uids.keys()]).to.have.members(CLAIMS);

    await run(
      "stateful-deployments-render --import-from postgres examples/postgres-replicas.yaml > early.sh; ! sh early.sh",
    );
    for (const { metadata } of await claims())
      expect(metadata?.labels).not.to.have.property("managed");

    const blocks = commandsUnder("## From a StatefulSet to a Deployment");
    expect(blocks).to.have.lengthOf(3);
    for (const block of blocks) await run(block);

    await threeRun("postgres-replicas");
    await expectSameClaims();
  });

  it("keeps them in a rollout, and makes no fourth", async () => {
    await run(`kubectl rollout restart deployment postgres-replicas
      kubectl rollout status deployment postgres-replicas --timeout=2m
      kubectl scale deployment postgres-replicas --replicas=4`);
    await eventually("the fourth Pod is rejected", async () =>
      (await run("kubectl get replicasets --output=yaml")).includes(
        "max-sets is 3",
      ),
    );
    await run("kubectl scale deployment postgres-replicas --replicas=3");
    await threeRun("postgres-replicas");
    await expectSameClaims();
  });

  it("keeps them for months without Pods, whatever sweeps come", async () => {
    await run("kubectl scale deployment postgres-replicas --replicas=0");
    await eventually("no Pod is there", async () => {
      const { items } = await core.listNamespacedPod({ namespace });
      return items.length === 0;
    });
    for (const days of [0, 90, 91, 92])
      expect(await sweep(days * DAY)).to.deep.equal(
        Object.fromEntries(CLAIMS.map((name) => [name, "imported"])),
      );
    await expectSameClaims();
  });

  it("finds them again after that, and leads back to the StatefulSet", async () => {
    await run("kubectl scale deployment postgres-replicas --replicas=3");
    await threeRun("postgres-replicas");
    const [back = ""] = commandsUnder("### The way back");
    await run(back);
    await run(
      "kubectl apply -f -",
      JSON.stringify({
        ...statefulSet,
        spec: {
          ...statefulSet.spec,
          persistentVolumeClaimRetentionPolicy: {},
        },
      }),
    );
    await threeRun("postgres");
    await expectSameClaims();
    expect(await sweep(90 * DAY)).to.deep.equal({});
  });
});

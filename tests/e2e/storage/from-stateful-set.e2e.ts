import { readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import { expect } from "chai";
import { stringify } from "yaml";
import { runProgram } from "../../control-plane/run-program.ts";
import { RENDER } from "../../support/built-programs.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import { apply, claimNamesIn, kubectl } from "../steps/cluster.ts";
import { diskClass, leavesNothing, useDisks } from "./disks.ts";
import { inNamespace, readExample, setImage } from "./examples-on-disks.ts";
import { measured } from "../steps/mocha-output.ts";
import { sweepWithoutGrace } from "../steps/our-jobs.ts";
import { allRows, postgresImage, writeRow } from "./postgres.ts";
import { readyPods } from "../steps/workloads.ts";

const repository = path.join(import.meta.dirname, "../../..");

async function pathOf(program: string): Promise<string> {
  const { stdout } = await runProgram("which", [program]);
  return stdout.trim();
}

describe("from a StatefulSet to a Deployment, with the rows of three PostgreSQL", () => {
  const namespace = "e2e-moved";
  const directory = temporaryDirectory();
  let rows: string[] = [];
  let claims: string[] = [];

  useDisks(namespace);
  before(async () => {
    const objects = await readExample("postgres-replicas", (deployment) =>
      setImage(deployment, postgresImage),
    );
    const deployment: V1Deployment | undefined = objects.find(
      ({ kind }) => kind === "Deployment",
    );
    const secret = objects.find(({ kind }) => kind === "Secret");
    const { spec } = deployment?.spec?.template ?? {};
    if (spec === undefined || secret === undefined)
      throw new Error("no Deployment, or no Secret");
    const { volumes: _, ...withoutVolumes } = spec;
    const statefulSet: V1StatefulSet = {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { namespace, name: "postgres" },
      spec: {
        replicas: 3,
        serviceName: "postgres",
        podManagementPolicy: "Parallel",
        selector: { matchLabels: { app: "postgres" } },
        template: {
          metadata: { labels: { app: "postgres" } },
          spec: withoutVolumes,
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: {
              storageClassName: diskClass,
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "1Gi" } },
            },
          },
        ],
      },
    };
    await apply(...inNamespace(namespace, [secret, statefulSet]));
    await writeFile(
      path.join(directory, "postgres-replicas.yaml"),
      objects.map((object) => stringify(object)).join("---\n"),
    );
    await symlink(directory, path.join(directory, "examples"));
    for (const [name, command] of [
      ["kubectl", `${await pathOf("kubectl")} --namespace=${namespace}`],
      [
        "stateful-deployments-render",
        `${process.execPath} ${path.join(repository, RENDER)}`,
      ],
    ] as const)
      await writeFile(
        path.join(directory, name),
        `#!/bin/sh\nexec ${command} "$@"\n`,
        { mode: 0o755 },
      );
  });

  /** The commands of a section of docs/reuse.md, as a person pastes them. */
  async function runSection(heading: string): Promise<void> {
    const page = await readFile(path.join(repository, "docs/reuse.md"), "utf8");
    const [, section = ""] = page.split(`\n${heading}\n`);
    const [own = ""] = section.split(/^##/m);
    const blocks = [...own.matchAll(/^```sh\n([^]*?)^```/gm)];
    expect(blocks).to.not.be.empty;
    for (const [, block = ""] of blocks) {
      const { stdout, exitCode } = await runProgram(
        "bash",
        ["-euo", "pipefail", "-c", `cd '${directory}'; exec 2>&1; ${block}`],
        {
          env: { ...process.env, PATH: `${directory}:${process.env["PATH"]}` },
        },
      );
      expect(exitCode, block + stdout).to.equal(0);
    }
  }

  it("the commands of the page move the claims, and each server has its rows", async () => {
    const pods = await readyPods(namespace, "postgres", 3);
    claims = await expectOneBoundClaimEach(namespace, pods);
    for (const pod of pods) await writeRow(pod);
    rows = await allRows(pods);
    expect(rows).to.have.members(["postgres-0", "postgres-1", "postgres-2"]);
    const startedAt = performance.now();
    await runSection("## From a StatefulSet to a Deployment");
    measured("moved", performance.now() - startedAt);
    const moved = await readyPods(namespace, "postgres-replicas", 3);
    expect(await expectOneBoundClaimEach(namespace, moved)).to.have.members(
      claims,
    );
    expect(await allRows(moved)).to.have.members(rows);
  });

  it("a sweep keeps them, and a rollout too", async () => {
    await sweepWithoutGrace(namespace);
    await kubectl(
      `rollout restart deployment/postgres-replicas --namespace=${namespace}`,
    );
    await kubectl(
      `rollout status deployment/postgres-replicas --namespace=${namespace} --timeout=240s`,
    );
    const pods = await readyPods(namespace, "postgres-replicas", 3);
    expect(await claimNamesIn(namespace)).to.have.members(claims);
    expect(await allRows(pods)).to.have.members(rows);
  });

  leavesNothing(namespace);
});

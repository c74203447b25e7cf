import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  apply,
  claimNamesIn,
  core,
  kubectl,
  podsIn,
} from "../steps/cluster.ts";
import { eventOf, grownTo, leavesNothing, useDisks } from "./disks.ts";
import {
  inNamespace,
  readExample,
  scale,
  setImage,
} from "./examples-on-disks.ts";
import { measured } from "../steps/mocha-output.ts";
import { sweepWithoutGrace } from "../steps/our-jobs.ts";
import { postgresImage, query, rowsOf, writeRow } from "./postgres.ts";
import {
  annotateTemplate,
  firstReadyPod,
  inPod,
  readyPods,
} from "../steps/workloads.ts";

/** Evicts all Pods of a Pod's workload from its node, which then takes Pods again. */
async function drainNodeOf(pod: V1Pod): Promise<void> {
  const node = pod.spec?.nodeName ?? "";
  try {
    await kubectl(
      `drain ${node} --pod-selector=app=${pod.metadata?.labels?.["app"]} --delete-emptydir-data --ignore-daemonsets --force --timeout=120s`,
    );
  } finally {
    await kubectl(`uncordon ${node}`);
  }
}

describe("one PostgreSQL of docs/reuse.md", () => {
  const namespace = "e2e-postgres-one";
  const app = "postgres-durable";
  let claims: string[] = [];
  /** The rows that the server must have. */
  let written: string[] = [];

  useDisks(namespace);
  before(async () => {
    const objects = await readExample(app, (deployment) =>
      setImage(deployment, postgresImage),
    );
    await apply(...inNamespace(namespace, objects));
    const pod = await firstReadyPod(namespace, app, 1);
    claims = await expectOneBoundClaimEach(namespace, [pod]);
    await writeRow(pod);
    written = [nameOf(pod)];
  });

  /** The one server is another Pod than before, on the same claim with all its rows; it gets one more. */
  async function continues(): Promise<void> {
    const pod = await firstReadyPod(namespace, app, 1);
    expect(written).to.not.include(nameOf(pod));
    expect(await expectOneBoundClaimEach(namespace, [pod])).to.deep.equal(
      claims,
    );
    expect(await claimNamesIn(namespace)).to.deep.equal(claims);
    expect(await rowsOf(pod)).to.have.members(written);
    await writeRow(pod);
    written.push(nameOf(pod));
  }

  async function rolledOut(): Promise<void> {
    const startedAt = performance.now();
    await kubectl(
      `rollout status deployment/${app} --namespace=${namespace} --timeout=180s`,
    );
    measured("the next server ready", performance.now() - startedAt);
  }

  it("keeps its rows in a rollout restart", async () => {
    await kubectl(`rollout restart deployment/${app} --namespace=${namespace}`);
    await rolledOut();
    await continues();
  });

  it("keeps its rows when its Pod is deleted, and the events say what the next Pod waits for", async () => {
    const pod = await firstReadyPod(namespace, app, 1);
    const startedAt = performance.now();
    await core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
    const message = await eventOf(
      namespace,
      { kind: "ReplicaSet", name: app },
      /which is terminating/,
    );
    expect(message).to.include(nameOf(pod)).and.include(claims[0]);
    await eventually(
      "the Pod gone",
      async () => !(await podsIn(namespace)).map(nameOf).includes(nameOf(pod)),
      90_000,
    );
    await firstReadyPod(namespace, app, 1);
    measured("the next server ready", performance.now() - startedAt);
    await continues();
  });

  it("keeps its rows when its node is drained", async () => {
    await drainNodeOf(await firstReadyPod(namespace, app, 1));
    await continues();
  });

  it("keeps its rows while it is scaled to zero, whatever sweeps come", async () => {
    await scale(namespace, app, 0);
    await sweepWithoutGrace(namespace);
    await sweepWithoutGrace(namespace);
    await scale(namespace, app, 1);
    await continues();
  });

  it("gets a larger disk with its rows in the rollout that asks for it", async () => {
    await annotateTemplate(
      namespace,
      app,
      "volume-claim-template/storage",
      "2Gi",
    );
    await rolledOut();
    measured("grown", await grownTo(namespace, claims[0] ?? "", "2Gi"));
    await continues();
    const pod = await firstReadyPod(namespace, app, 1);
    const kibibytes = await inPod(pod, "df -Pk $PGDATA | tail -n 1");
    expect(Number(kibibytes.split(/ +/)[1])).to.be.above(1.8 * 2 ** 20);
  });

  leavesNothing(namespace);
});

describe("three PostgreSQL of docs/reuse.md", () => {
  const namespace = "e2e-postgres-three";
  const app = "postgres-replicas";
  let claims: string[] = [];
  /** The database that is on each claim, by the identifier that initdb gave it. */
  const databases = new Map<string, string>();
  /** The rows that each claim must have: the Pods that have served it. */
  const rows = new Map<string, string[]>();

  useDisks(namespace);
  before(async () => {
    const objects = await readExample(app, (deployment) => {
      setImage(deployment, postgresImage);
      if (deployment.spec) deployment.spec.replicas = 1;
    });
    await apply(...inNamespace(namespace, objects));
  });

  /** Each server is on the database that its claim had before, and has the rows of all Pods that served it. */
  async function expectDatabases(pods: readonly V1Pod[]): Promise<void> {
    for (const pod of pods) {
      const [claim = ""] = claimVolumes(pod).map(({ claim: name }) => name);
      const [identifier = ""] = await query(
        pod,
        "SELECT system_identifier FROM pg_control_system()",
      );
      const before = rows.get(claim) ?? [];
      if (databases.has(claim)) {
        expect(identifier, claim).to.equal(databases.get(claim));
        expect(await rowsOf(pod), claim).to.deep.equal(before);
      }
      databases.set(claim, identifier);
      await writeRow(pod);
      rows.set(claim, [...before, nameOf(pod)].toSorted());
    }
    expect(
      new Set(databases.values()),
      "a database on each claim",
    ).to.have.property("size", databases.size);
  }

  it("from one to three: the first keeps its rows, and two databases are new", async () => {
    const [first] = await readyPods(namespace, app, 1);
    if (first === undefined) expect.fail("no Pod");
    await expectDatabases([first]);
    const pods = await scale(namespace, app, 3);
    claims = await expectOneBoundClaimEach(namespace, pods);
    await expectDatabases(pods);
    expect(databases).to.have.property("size", 3);
  });

  /** Three servers are on the three databases, with all their rows, and none of them is a Pod of `gone`. */
  async function continueWithout(gone: readonly V1Pod[]): Promise<void> {
    const pods = await readyPods(namespace, app, 3);
    const names = new Set(pods.map(nameOf));
    expect(gone.map(nameOf).filter((name) => names.has(name))).to.be.empty;
    expect(await expectOneBoundClaimEach(namespace, pods)).to.have.members(
      claims,
    );
    expect(await claimNamesIn(namespace)).to.have.members(claims);
    await expectDatabases(pods);
  }

  it("to one and to three again: each database is there, with its rows", async () => {
    await expectDatabases(await scale(namespace, app, 1));
    await sweepWithoutGrace(namespace);
    expect(await claimNamesIn(namespace)).to.have.members(claims);
    await scale(namespace, app, 3);
    await continueWithout([]);
  });

  it("a rollout restart replaces one after another, and no row is lost", async () => {
    const before = await readyPods(namespace, app, 3);
    const startedAt = performance.now();
    await kubectl(`rollout restart deployment/${app} --namespace=${namespace}`);
    await kubectl(
      `rollout status deployment/${app} --namespace=${namespace} --timeout=240s`,
    );
    measured("three servers replaced", performance.now() - startedAt);
    await continueWithout(before);
  });

  it("a Pod that is deleted is replaced by one on its database; the others go on", async () => {
    const [deleted, ...others] = await readyPods(namespace, app, 3);
    if (deleted === undefined) expect.fail("no Pod");
    const startedAt = performance.now();
    await kubectl(
      `delete pod ${nameOf(deleted)} --namespace=${namespace} --timeout=90s`,
    );
    const pods = await readyPods(namespace, app, 3);
    measured("the next server ready", performance.now() - startedAt);
    expect(pods.map(nameOf)).to.include.members(others.map(nameOf));
    await continueWithout([deleted]);
  });

  it("a drain of their nodes replaces all three, with their rows", async () => {
    const before = await readyPods(namespace, app, 3);
    const nodes = new Map(before.map((pod) => [pod.spec?.nodeName, pod]));
    for (const pod of nodes.values()) await drainNodeOf(pod);
    await continueWithout(before);
  });

  it("scaled to zero and back, whatever sweeps come: each database is there, with its rows", async () => {
    const before = await readyPods(namespace, app, 3);
    await scale(namespace, app, 0);
    await sweepWithoutGrace(namespace);
    await sweepWithoutGrace(namespace);
    await scale(namespace, app, 3);
    await continueWithout(before);
  });

  it("a fourth is rejected, and makes no empty database", async () => {
    await kubectl(
      `scale deployment/${app} --namespace=${namespace} --replicas=4`,
    );
    await eventOf(
      namespace,
      { kind: "ReplicaSet", name: app },
      /max-sets is 3/,
    );
    expect(await claimNamesIn(namespace)).to.have.members(claims);
    await scale(namespace, app, 3);
  });

  leavesNothing(namespace);
});

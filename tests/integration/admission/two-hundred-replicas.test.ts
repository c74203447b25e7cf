import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { MIN_MARK_AGE_MS } from "../../../janitor/verdict/mass-deletion-guard.ts";
import type { Summary } from "../../../janitor/report/summary.ts";
import { admissionSuite, aDeployment } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { claimByPod, settled } from "../../support/examples.ts";
import { sweepNamespace } from "../../support/janitor-sweep.ts";
import { nameOf, readPodsAndClaims } from "../../support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../support/pods-and-claims.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

const replicas = 200;
/** It takes 15 s on 2 idle cores, most of it to provision 200 volumes. */
const patienceMs = 180_000;

describe(`a Deployment of ${replicas} replicas at once`, function () {
  this.timeout(patienceMs + MIN_MARK_AGE_MS);
  const suite = admissionSuite();
  let namespace: string;
  let found: PodsAndClaims;

  it(`has ${replicas} Pods, ${replicas} distinct Bound claims, no orphan and no duplicate`, async () => {
    namespace = await uniqueNamespace("two-hundred");
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", replicas),
    });
    await hasReady(replicas);
    found = await settled(suite, namespace, replicas);
    expect(found.pods).to.have.lengthOf(replicas);
    expect(found.claims).to.have.lengthOf(replicas);
    const claims = [...claimByPod(found).values()];
    expect(new Set(claims)).to.have.lengthOf(replicas);
    expect(found.claims.map(nameOf)).to.have.members(claims);
    expect(
      new Set(found.claims.map(({ spec }) => spec?.volumeName)),
    ).to.have.lengthOf(replicas);
    const asked = suite.running.log.filter(
      (line) => line["msg"] === "admission" && line["namespace"] === namespace,
    );
    expect(asked.map(({ outcome }) => outcome)).to.deep.equal(
      asked.map(() => "patched"),
    );
    expect(asked).to.have.lengthOf(replicas);
  });

  it("J20: after a scale to zero, the first sweep only marks so many claims and the second one deletes them", async () => {
    const { exitCode, stderr } = await suite.controlPlane.kubectl([
      "scale",
      "-n",
      namespace,
      "deployment/web",
      "--replicas=0",
    ]);
    expect(exitCode, stderr).to.equal(0);
    await hasReady(0);
    await eventually("no Pod is left", async () => {
      const { items } = await suite.core.listNamespacedPod(oneOf(namespace));
      return items.length === 0;
    });

    expect(await sweep()).to.include({ marked: replicas, deleted: 0 });
    const { claims } = await readPodsAndClaims(suite.core, namespace);
    expect(claims).to.have.lengthOf(replicas);

    await sleep(MIN_MARK_AGE_MS);
    expect(await sweep()).to.include({
      marked: 0,
      deleted: replicas,
      failed: 0,
      lostEvents: 0,
    });
    await eventually(
      "no claim is left",
      async () => {
        const { items } = await suite.core.listNamespacedPersistentVolumeClaim(
          oneOf(namespace),
        );
        return items.length === 0;
      },
      patienceMs,
    );
    // The reclaim policy is Delete: the volumes are deleted with the claims.
    const names = new Set(found.claims.map(({ spec }) => spec?.volumeName));
    await eventually("no volume is left", async () => {
      const { items } = await suite.core.listPersistentVolume();
      return !items.some(({ metadata }) => names.has(metadata?.name));
    });
  });

  /** Reads one object: lists of 200 ten times a second would load the machine. */
  async function hasReady(count: number): Promise<void> {
    await eventually(
      `${count} replicas are ready`,
      async () => {
        const { status } = await suite.apps.readNamespacedDeploymentStatus({
          namespace,
          name: "web",
        });
        const ready = status?.readyReplicas ?? 0;
        if (ready === count) return true;
        throw new Error(`${ready} are`);
      },
      patienceMs,
    );
  }

  async function sweep(): Promise<Summary> {
    return (await sweepNamespace(suite.controlPlane, namespace, "1s")).summary;
  }
});

/** One object is enough to see that some are left. */
function oneOf(namespace: string): { namespace: string; limit: number } {
  return { namespace, limit: 1 };
}

import { expect } from "chai";
import { admissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { applyExample, claimByPod, settled } from "../../support/examples.ts";
import { sweepNamespace } from "../../support/janitor-sweep.ts";
import { nameOf, readPodsAndClaims } from "../../support/pods-and-claims.ts";

describe("the examples that finish", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  const cases = [
    { name: "job", pods: 3, storage: "50Gi", job: "job/big-sort" },
    {
      name: "cronjob",
      pods: 1,
      storage: "20Gi",
      job: "job/now",
      trigger: ["create", "job", "now", "--from=cronjob/disk-benchmark"],
    },
  ];
  for (const { name, pods: count, storage, job, trigger } of cases) {
    it(`J4: ${name}.yaml: finished Pods keep their claims through a sweep, and take them along when they go`, async () => {
      const namespace = await applyExample(suite, name);
      if (trigger) await kubectl("-n", namespace, ...trigger);
      const found = await settled(suite, namespace, count, "Succeeded");
      expect([...claimByPod(found).values()]).to.have.members(
        found.claims.map(nameOf),
      );
      for (const { spec } of found.claims)
        expect(spec?.resources?.requests?.["storage"]).to.equal(storage);

      await sweepNamespace(suite.controlPlane, namespace);
      const swept = await readPodsAndClaims(suite.core, namespace);
      expect(swept.claims.map(nameOf)).to.deep.equal(found.claims.map(nameOf));
      for (const { metadata } of swept.claims)
        expect(metadata?.deletionTimestamp).to.equal(undefined);

      await kubectl("-n", namespace, "delete", job);
      await eventually("Pods and claims are gone", async () => {
        const { pods, claims } = await readPodsAndClaims(suite.core, namespace);
        return pods.length === 0 && claims.length === 0;
      });
    });
  }

  async function kubectl(...args: string[]): Promise<void> {
    const { exitCode, stderr } = await suite.controlPlane.kubectl(args);
    expect(exitCode, stderr).to.equal(0);
  }
});

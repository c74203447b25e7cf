import { expect } from "chai";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { janitorAlone } from "./suite.ts";
import { reasonsOf } from "./runs.ts";

const BOUND = { "pv.kubernetes.io/bind-completed": "yes" };

describe("the janitor and sources of clones on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("clones");

  /** Creates a claim of nobody's that is to be a clone of `source`. */
  async function cloneOf(source: string, name = "clone"): Promise<void> {
    await suite.core.createNamespacedPersistentVolumeClaim({
      namespace: suite.namespace,
      body: {
        metadata: { name },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
          dataSource: { kind: "PersistentVolumeClaim", name: source },
        },
      },
    });
  }

  async function bind(name: string): Promise<void> {
    const { core, namespace } = suite;
    const claim = await core.readNamespacedPersistentVolumeClaim({
      namespace,
      name,
    });
    await core.replaceNamespacedPersistentVolumeClaimStatus({
      namespace,
      name,
      body: { ...claim, status: { phase: "Bound" } },
    });
  }

  it("keeps the source of a clone that is still to be made, and deletes it when the clone is Bound", async () => {
    const { name } = await suite.createClaim();
    await cloneOf(name);
    for (const _ of [1, 2]) {
      const report = await suite.sweep();
      expect(reasonsOf(report)).to.deep.equal({ [name]: "source-of-clone" });
      expect(outcomesOf(report)[0]?.decision.why).to.equal(
        "the volume of clone is still to be copied from it",
      );
    }
    expect(await suite.names()).to.have.members([name, "clone"]);
    await bind("clone");
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [name]: "unused" });
    expect(await suite.names()).to.deep.equal(["clone"]);
  });

  it("deletes the source when the clone is gone", async () => {
    const { name } = await suite.createClaim();
    await cloneOf(name);
    await suite.sweep();
    await suite.core.deleteNamespacedPersistentVolumeClaim({
      namespace: suite.namespace,
      name: "clone",
    });
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [name]: "unused" });
  });

  it("keeps the source of a clone that somebody begins between the two looks", async () => {
    const { name } = await suite.createClaim();
    const late = suite.proxy.intercept(
      ({ path }) => path === `/api/v1/namespaces/${suite.namespace}`,
      { before: () => cloneOf(name) },
      1,
    );
    expect(reasonsOf(await suite.sweep())).to.deep.equal({
      [name]: "source-of-clone",
    });
    expect(late.hits).to.equal(1);
  });

  it("releases a source from its Pod, and makes the Pod its owner again when the clone is Bound", async () => {
    const { name } = await suite.createClaim({ annotations: BOUND });
    await suite.createPod("web-1", name, { nodeName: "node-1" });
    const owners = async (): Promise<(string | undefined)[]> =>
      ((await suite.claimNamed(name))?.metadata?.ownerReferences ?? []).map(
        (owner) => owner.name,
      );
    await suite.sweep();
    expect(await owners()).to.deep.equal(["web-1"]);
    await cloneOf(name);
    for (const _ of [1, 2]) {
      await suite.sweep();
      expect(await owners()).to.deep.equal([]);
    }
    await bind("clone");
    await suite.sweep();
    expect(await owners()).to.deep.equal(["web-1"]);
  });
});

import { expect } from "chai";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { reasonsOf } from "./runs.ts";
import { janitorAlone } from "./suite.ts";

const HOUR_MS = 3_600_000;
const REQUESTED_AT = "volume-claim/requested-at";
const USED_AS = "volume-claim/used-as";

describe("the janitor and claims that were restored or copied, on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("restored");

  /**
   * Brings a claim back as a backup does, into its own namespace or another: what the cluster gave it is gone, and its annotations are as
   * if the request for it had been an hour and a minute and a half ago.
   */
  async function restore(
    name: string,
    namespace = suite.namespace,
  ): Promise<string> {
    const { metadata, spec } = (await suite.claimNamed(name)) ?? {};
    expect(metadata?.annotations).to.include.keys(REQUESTED_AT);
    if (namespace === suite.namespace) await suite.deleteClaim(name);
    await suite.core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: {
          name,
          labels: { ...metadata?.labels, "velero.io/restore-name": "nightly" },
          annotations: {
            ...metadata?.annotations,
            [REQUESTED_AT]: new Date(
              Date.now() - HOUR_MS - 90_000,
            ).toISOString(),
          },
        },
        ...(spec && { spec }),
      },
    });
    return name;
  }

  it("keeps a restored claim, sweep after sweep, and says what to do", async () => {
    const name = await restore(await suite.createClaim());
    for (const laterMs of [0, 100 * HOUR_MS]) {
      const [outcome] = outcomesOf(await suite.sweep({ laterMs }));
      expect(outcome?.decision).to.include({
        reason: "restored",
        why: `no Pod names it; created 61m after the request for it, so it was restored or copied. It stays until a sweep has seen the Pod that it was made for: start the workload that uses it, or delete it with kubectl delete persistentvolumeclaim --namespace ${suite.namespace} ${name}`,
      });
    }
    expect(await suite.names()).to.deep.equal([name]);
  });

  it("deletes it as usual when the Pod that it was made for was seen and is gone, and keeps a copy in another namespace", async () => {
    const name = await restore(await suite.createClaim());
    await suite.createPod("web-1", name);
    expect(await suite.reasons()).to.deep.equal({ [name]: "in-use" });
    const { annotations, uid } = await suite.metadataOf(name);
    expect(annotations?.[USED_AS]).to.equal(uid);
    // The copy has this mark, too, and another uid.
    const other = await suite.createNamespace("copy");
    await restore(name, other);
    await suite.deletePod("web-1");
    const here = await suite.sweep();
    expect(reasonsOf(here)).to.deep.equal({ [name]: "unused" });
    const there = await suite.sweep({ namespaces: [other] });
    expect(reasonsOf(there)).to.deep.equal({ [name]: "restored" });
    expect(await suite.names()).to.deep.equal([]);
    expect(await suite.names(other)).to.deep.equal([name]);
  });
});

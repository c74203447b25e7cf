import { expect } from "chai";
import { janitorAlone } from "./suite.ts";
import { reasonsOf } from "./runs.ts";

const MARK = "volume-claim/unused-since";

describe("the janitor's bulk rule on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("bulk");

  it("J20 survives a list of Pods that is empty by mistake", async () => {
    const all = await suite.createClaims(12);
    await Promise.all(
      all.map((name, index) => suite.createPod(`web-${index}`, name)),
    );
    suite.proxy.intercept(({ path }) => path.endsWith("/pods"), {
      rewrite: (body) => ({ ...(body as object), items: [] }),
    });
    expect(
      new Set(Object.values(reasonsOf(await suite.sweep()))),
    ).to.deep.equal(new Set(["bulk-first-run"]));
    suite.proxy.reset();
    await suite.sweep();
    const left = [...(await suite.claims()).values()];
    expect(left).to.have.length(12);
    expect(
      left.filter(({ metadata }) => metadata?.annotations?.[MARK]),
    ).to.deep.equal([]);
  });

  it("J20 deletes what a real scale to zero leaves in the second run", async () => {
    await suite.createClaims(12);
    await suite.sweep();
    const beside = await suite.sweep();
    expect(new Set(Object.values(reasonsOf(beside)))).to.deep.equal(
      new Set(["marked-just-now"]),
    );
    await suite.sweep({ concurrency: 3, laterMs: 60_000 });
    expect(await suite.names()).to.deep.equal([]);
  });
});

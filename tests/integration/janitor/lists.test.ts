import { expect } from "chai";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { janitorAlone } from "./suite.ts";

const CLAIMS = "persistentvolumeclaims";

function isList({ method, path }: ProxiedRequest): boolean {
  return method === "GET" && /\/(pods|persistentvolumeclaims)$/.test(path);
}

describe("the janitor's lists on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("lists");

  it("asks for what is true now, for claims with our labels as metadata only, and sees all pages", async () => {
    const names = await suite.createClaims(5);
    const used = names.slice(0, 3);
    for (const name of used) await suite.createPod(`pod-of-${name}`, name);
    const report = await suite.sweep({ pageSize: 2 });
    expect(await suite.names()).to.have.members(used);
    expect(outcomesOf(report)).to.have.length(5);
    const lists = suite.proxy.requests.filter(isList);
    expect(lists.length).to.be.at.least(3 + 3 + 2);
    for (const { query } of lists)
      expect([...query.keys()]).not.to.include("resourceVersion");
    for (const { path, accept, query } of lists)
      if (path.endsWith(CLAIMS))
        expect(accept).to.equal(
          query.has("labelSelector")
            ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            : "application/json",
        );
  });

  it("J7 starts the list again when its token has really expired", async () => {
    const names = await suite.createClaims(3);
    // Old revisions are dropped each second, those of up to a second before; something has to be written meanwhile.
    const slow = suite.proxy.intercept(
      ({ path, query }) => path.endsWith(CLAIMS) && query.has("continue"),
      {
        before: async () => {
          for (const size of ["2", "3", "4", "5"])
            await suite.patchClaim(names[0] ?? "", { labels: { size } });
        },
        delayMs: 3_500,
      },
      1,
    );
    const report = await suite.sweep({ pageSize: 2 });
    expect(slow.hits).to.equal(1);
    expect(
      suite.proxy.requests.filter(
        ({ upstreamStatus }) => upstreamStatus === 410,
      ),
    ).to.have.length(1);
    expect(outcomesOf(report)).to.have.length(3);
    expect(await suite.names()).to.deep.equal([]);
  });
});

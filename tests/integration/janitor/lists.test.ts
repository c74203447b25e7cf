import { expect } from "chai";
import { IncompleteListError } from "../../../janitor/cluster/complete-list.ts";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { janitorAlone } from "./suite.ts";
import { reasonsOf } from "./runs.ts";

function isPage(
  resource: "pods" | "persistentvolumeclaims",
  which: "any" | "second",
) {
  return ({ method, path, query }: ProxiedRequest): boolean =>
    method === "GET" &&
    path.endsWith(`/${resource}`) &&
    (which === "any" || query.has("continue"));
}

describe("the janitor's lists on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("lists");

  it("J1 keeps a claim whose Pod is stored between the list of claims and that of Pods", async () => {
    const claim = await suite.createClaim();
    const listed = suite.proxy.intercept(
      isPage("persistentvolumeclaims", "any"),
      {
        after: () => suite.createPod("late", claim.name),
      },
      1,
    );
    const report = await suite.sweep();
    expect(listed.hits).to.equal(1);
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "in-use" });
    expect(await suite.names()).to.deep.equal([claim.name]);
    // A second look would see the Pod, too; here the order of the two lists has to be enough.
    const inNamespace = `/api/v1/namespaces/${suite.namespace}`;
    expect(suite.proxy.requests.map(({ path }) => path)).to.deep.equal([
      `${inNamespace}/persistentvolumeclaims`,
      // All of them, for the clones that are still to be made.
      `${inNamespace}/persistentvolumeclaims`,
      `${inNamespace}/pods`,
    ]);
  });

  it("J1 keeps a claim whose Pod is stored after both lists were taken", async () => {
    const claim = await suite.createClaim();
    const late = suite.proxy.intercept(
      ({ path }) => path === `/api/v1/namespaces/${suite.namespace}`,
      {
        before: () => suite.createPod("late", claim.name, {}),
      },
      1,
    );
    const report = await suite.sweep();
    expect(late.hits).to.equal(1);
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "in-use" });
    expect((await suite.claims()).size).to.equal(1);
  });

  it("asks for what is true now, for claims with our labels as metadata only, and sees all pages", async () => {
    const names = await suite.createClaims(7);
    const used = names.slice(0, 4);
    await Promise.all(
      used.map((name, index) => suite.createPod(`pod-${index}`, name)),
    );
    const report = await suite.sweep({ pageSize: 2 });
    expect(await suite.names()).to.have.members(used);
    expect(outcomesOf(report)).to.have.length(7);
    const lists = suite.proxy.requests.filter(
      (request) =>
        isPage("pods", "any")(request) ||
        isPage("persistentvolumeclaims", "any")(request),
    );
    expect(lists.length).to.be.at.least(4 + 2 + 2);
    for (const { query } of lists)
      expect([...query.keys()]).not.to.include("resourceVersion");
    const listsOfClaims = lists.filter(isPage("persistentvolumeclaims", "any"));
    for (const { accept, query } of listsOfClaims)
      expect(accept).to.equal(
        query.has("labelSelector")
          ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
          : "application/json",
      );
  });

  it("J7 starts the list again when its token has really expired", async function () {
    const names = await suite.createClaims(5);
    // Old revisions are dropped each second, those of up to a second before; something has to be written meanwhile.
    const slow = suite.proxy.intercept(
      isPage("persistentvolumeclaims", "second"),
      {
        before: async () => {
          for (const size of ["2", "3", "4", "5"]) {
            await suite.patchClaim(names[0] ?? "", {
              labels: { size },
            });
          }
        },
        delayMs: 3_500,
      },
      1,
    );
    const report = await suite.sweep({ pageSize: 3 });
    expect(slow.hits).to.equal(1);
    expect(
      suite.proxy.requests.filter(
        ({ upstreamStatus }) => upstreamStatus === 410,
      ),
    ).to.have.length(1);
    expect(outcomesOf(report)).to.have.length(5);
    expect((await suite.claims()).size).to.equal(0);
  });

  it("J7 gives up when the list expires each time, and deletes nothing there", async () => {
    await suite.createClaims(3);
    for (const resource of ["pods", "persistentvolumeclaims"] as const) {
      if (resource === "pods") {
        const bystander = await suite.createClaim();
        await suite.createPod("a", bystander.name);
        await suite.createPod("b", bystander.name);
      }
      const expired = suite.proxy.intercept(isPage(resource, "second"), {
        status: 410,
      });
      const report = await suite.sweep({ pageSize: 1 });
      expect(expired.hits, resource).to.equal(3);
      expect(hasFailures(report)).to.equal(true);
      expect(
        report.namespaces.flatMap(({ failures }) => failures).join(),
      ).to.match(/expired 3 times/);
      suite.proxy.reset();
    }
    expect((await suite.claims()).size).to.equal(4);
  });

  it("J8 deletes nothing when the second page of Pods fails for ever", async () => {
    const [used = "", ...unused] = await suite.createClaims(4);
    await suite.createPod("a", used);
    await suite.createPod("b", used);
    const broken = suite.proxy.intercept(isPage("pods", "second"), {
      status: 500,
    });
    const report = await suite.sweep({ pageSize: 1 });
    expect(broken.hits).to.equal(4);
    expect(reasonsOf(report)).to.include({
      [unused[0] ?? ""]: "namespace-failed",
    });
    expect(hasFailures(report)).to.equal(true);
    expect((await suite.claims()).size).to.equal(4);
  });

  it("J8 does nothing when the second page of all claims fails for ever", async () => {
    await suite.createClaims(3);
    suite.proxy.intercept(isPage("persistentvolumeclaims", "second"), {
      rewrite: () => ({ kind: "Status", status: "Failure" }),
    });
    const failure: unknown = await suite
      .sweep({
        namespaces: [],
        pageSize: 1,
      })
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(IncompleteListError);
    expect((await suite.claims()).size).to.equal(3);
  });

  it("J9 goes on after a busy server, a fault and a lost connection, with smaller pages", async () => {
    await suite.createClaims(3);
    const list = isPage("persistentvolumeclaims", "any");
    suite.proxy.intercept(
      list,
      { status: 429, headers: { "retry-after": "1" } },
      1,
    );
    suite.proxy.intercept(list, { status: 503 }, 1);
    suite.proxy.intercept(list, { resetBefore: true }, 1);
    const report = await suite.sweep({ pageSize: 400 });
    expect(hasFailures(report)).to.equal(false);
    expect((await suite.claims()).size).to.equal(0);
    expect(
      suite.proxy.requests
        .filter(
          (request) => list(request) && request.query.has("labelSelector"),
        )
        .map(({ query }) => query.get("limit")),
    ).to.deep.equal(["400", "400", "200", "100"]);
  });
});

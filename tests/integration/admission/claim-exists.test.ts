import { expect } from "chai";
import { claimName } from "../../../functions/contract/claim-name.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { functionBehindProxy, isCreate, isRead } from "./behind-proxy.ts";
import type { Answer } from "./behind-proxy.ts";

describe("the function when the claim exists already", function () {
  this.timeout(30_000);
  const suite = functionBehindProxy();

  it("W2: gives the same answer to the same request delivered twice, with one claim", async () => {
    const namespace = await uniqueNamespace("twice");
    const answers: Answer[] = await Promise.all([
      suite.review(namespace, { requestUid: "same" }),
      suite.review(namespace, { requestUid: "same" }),
    ]);
    answers.push(await suite.review(namespace, { requestUid: "same" }));
    expect(answers[0]?.allowed).to.equal(true);
    expect(answers[1]).to.deep.equal(answers[0]);
    expect(answers[2]).to.deep.equal(answers[0]);
    expect(await suite.claimNames(namespace)).to.deep.equal([
      claimName("web-5d4f8c7b9-", "cache", "same"),
    ]);
  });

  it("W2: rejects the Pod when a claim with its name is of another request, or is being deleted", async () => {
    const namespace = await uniqueNamespace("others");
    const before = await suite.review(namespace, { requestUid: "other" });
    expect(before.allowed).to.equal(true);
    const other = claimName("web-5d4f8c7b9-", "cache", "other");
    const claim = await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
    });

    const name = claimName("web-5d4f8c7b9-", "cache", "mine");
    const { annotations = {}, labels = {} } = claim.metadata ?? {};
    await suite.core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name, labels, annotations },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      },
    });
    const answer = await suite.review(namespace, { requestUid: "mine" });
    expect(answer.status).to.have.property("code", 409);
    expect(answer.status?.message).to.include(
      `${namespace}/${name} that this request did not create exists already`,
    );

    await suite.core.patchNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
      body: [
        {
          op: "add",
          path: "/metadata/finalizers",
          value: ["example.com/stay"],
        },
      ],
    });
    await suite.core.deleteNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
    });
    const late = await suite.review(namespace, { requestUid: "other" });
    expect(late.allowed).to.equal(false);
    expect(late.status).to.have.property("code", 503);
    expect(late.status?.message).to.include("is being deleted");
    await suite.core.patchNamespacedPersistentVolumeClaim({
      namespace,
      name: other,
      body: [{ op: "remove", path: "/metadata/finalizers" }],
    });
  });

  it("W2: creates the claim again when somebody deletes it before it can be read", async () => {
    const namespace = await uniqueNamespace("deleted");
    const name = claimName("web-5d4f8c7b9-", "cache", "deleted");
    suite.proxy.intercept(isCreate, { resetAfterWrite: true }, 1);
    let first: string | undefined;
    suite.proxy.intercept(
      isRead,
      {
        before: async () => {
          const { core } = suite;
          const { metadata } = await core.readNamespacedPersistentVolumeClaim({
            namespace,
            name,
          });
          first = metadata?.uid;
          await core.deleteNamespacedPersistentVolumeClaim({ namespace, name });
          await eventually("the claim is gone", async () => {
            return (await suite.claimNames(namespace)).length === 0;
          });
        },
      },
      1,
    );
    const answer = await suite.review(namespace, { requestUid: "deleted" });
    expect(answer.status?.message).to.equal(undefined);
    expect(answer.allowed).to.equal(true);
    const { items } = await suite.core.listNamespacedPersistentVolumeClaim({
      namespace,
    });
    expect(items.map(({ metadata }) => metadata?.name)).to.deep.equal([name]);
    expect(first).to.be.a("string").and.not.equal(items[0]?.metadata?.uid);
  });
});

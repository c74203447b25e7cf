import { expect } from "chai";
import { podLists } from "../../../janitor/actions/pod-lists.ts";
import type { ListOptions } from "../../../janitor/cluster/cluster.ts";

describe("podLists", () => {
  it("tells each list the Pods of the one before", async () => {
    const lists = [["a", "b"], ["b"], []].map((names) =>
      names.map((name) => ({ metadata: { name, uid: `uid-of-${name}` } })),
    );
    const asked: ListOptions[] = [];
    const listPods = podLists("shop", {
      listPods: (namespace, options = {}) => {
        expect(namespace).to.equal("shop");
        asked.push(options);
        return Promise.resolve(lists[asked.length - 1] ?? []);
      },
    });
    for (const pods of lists)
      expect(await listPods({ hurry: true })).to.equal(pods);
    expect(
      asked.map(({ hurry, known }) => [hurry, known && [...known.keys()]]),
    ).to.deep.equal([
      [true, undefined],
      [true, ["uid-of-a", "uid-of-b"]],
      [true, ["uid-of-b"]],
    ]);
  });
});

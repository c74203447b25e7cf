import { EventsV1Api } from "@kubernetes/client-node";
import type { EventsV1Event } from "@kubernetes/client-node";
import { expect } from "chai";
import { hasFailures } from "../../../janitor/actions/outcome.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { reasonsOf } from "./runs.ts";
import { janitorAlone } from "./suite.ts";

function isDelete({ method }: ProxiedRequest): boolean {
  return method === "DELETE";
}

/** Holds back the first request with a key until another one comes with the same key. */
function inPairs(): (key: string) => Promise<void> {
  const waiting = new Map<string, () => void>();
  return async (key) => {
    const other = waiting.get(key);
    if (other) {
      other();
      return;
    }
    await new Promise<void>((resolve) => waiting.set(key, resolve));
  };
}

describe("the janitor's deletes on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("deletes");

  async function events(): Promise<EventsV1Event[]> {
    const { items } = await suite.controlPlane.kubeConfig
      .makeApiClient(EventsV1Api)
      .listNamespacedEvent({ namespace: suite.namespace });
    return items;
  }

  it("deletes what no Pod uses, and writes an Event about it", async () => {
    const [used = "", unused = ""] = await suite.createClaims(2);
    await suite.createPod("web-1", used);
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [used]: "in-use",
      [unused]: "unused",
    });
    expect(report.lostEvents).to.equal(0);
    expect(await suite.names()).to.deep.equal([used]);
    const [event, ...others] = await events();
    expect(others).to.deep.equal([]);
    expect(event).to.deep.include({ reason: "ClaimDeleted", type: "Normal" });
    expect(event?.regarding).to.deep.include({
      kind: "PersistentVolumeClaim",
      name: unused,
      namespace: suite.namespace,
    });
    expect(event?.note).to.match(
      /^Deleted the claim: no Pod names it, \d+s old$/,
    );
  });

  it("J10 spares a claim that is held or created again right before the delete arrives, and misses none that is gone", async () => {
    const [held = "", again = "", gone = ""] = await suite.createClaims(3);
    const { labels = {}, annotations = {} } = await suite.metadataOf(again);
    const meanwhile: [claim: string, happens: () => Promise<unknown>][] = [
      [
        held,
        () =>
          suite.patchClaim(held, {
            annotations: { "volume-claim/hold": "true" },
          }),
      ],
      [
        again,
        async () => {
          await suite.deleteClaim(again);
          await suite.createClaim({ name: again, labels, annotations });
        },
      ],
      [gone, () => suite.deleteClaim(gone)],
    ];
    for (const [claim, happens] of meanwhile)
      suite.proxy.intercept(
        (request) => isDelete(request) && request.path.endsWith(claim),
        { before: happens },
      );
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [held]: "changed-meanwhile",
      [again]: "changed-meanwhile",
      [gone]: "gone-already",
    });
    expect(hasFailures(report)).to.equal(false);
    expect(await suite.names()).to.have.members([held, again]);
  });

  it("J9 reports a delete whose answer was lost as done", async () => {
    const claim = await suite.createClaim();
    suite.proxy.intercept(isDelete, { resetAfterWrite: true }, 1);
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({ [claim]: "unused" });
    expect(hasFailures(report)).to.equal(false);
    expect(await suite.names()).to.deep.equal([]);
  });

  it("J11 two sweeps at once delete everything once, and nothing that is used", async () => {
    const [used = "", ...unused] = await suite.createClaims(11);
    await suite.createPod("web-1", used);
    // As in real clusters, a deleted claim stays a while: without preconditions its second delete is accepted, too.
    for (const name of unused)
      await suite.patchClaim(name, { finalizers: ["example.com/protection"] });
    const pair = inPairs();
    suite.proxy.intercept(isDelete, { before: ({ path }) => pair(path) });
    const reports = await Promise.all([
      suite.sweep({ concurrency: 2 }),
      suite.sweep({ concurrency: 3 }),
    ]);
    expect(reports.map(hasFailures)).to.deep.equal([false, false]);
    const answers = suite.proxy.requests
      .filter(isDelete)
      .map(({ status }) => status);
    expect(answers.filter((status) => status === 200)).to.have.length(10);
    expect(answers.filter((status) => status === 409)).to.have.length(10);
    for (const name of unused)
      expect(reports.map((report) => reasonsOf(report)[name])).to.have.members([
        "unused",
        "changed-meanwhile",
      ]);
    const named = (await events()).map(({ regarding }) => regarding?.name);
    expect(named).to.have.members(unused);
  });
});

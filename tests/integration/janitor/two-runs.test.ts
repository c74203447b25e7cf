import { EventsV1Api } from "@kubernetes/client-node";
import type { V1ObjectMeta } from "@kubernetes/client-node";
import { expect } from "chai";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import type { SweepReport } from "../../../janitor/actions/outcome.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { reasonsOf, sweepOn } from "./runs.ts";
import { janitorAlone } from "./suite.ts";

function isDelete({ method }: ProxiedRequest): boolean {
  return method === "DELETE";
}

/** Holds back whoever comes first with a key until another comes with the same one. */
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

describe("two runs of the janitor at once on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("two-runs");

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
    const deleted = answers.filter((status) => status === 200);
    expect(deleted).to.have.length(10);
    expect(answers.filter((status) => status === 409)).to.have.length(10);
    for (const name of unused) {
      expect(reports.map((report) => reasonsOf(report)[name])).to.have.members([
        "unused",
        "changed-meanwhile",
      ]);
    }
    const { items } = await suite.controlPlane.kubeConfig
      .makeApiClient(EventsV1Api)
      .listNamespacedEvent({ namespace: suite.namespace });
    expect(items.map(({ regarding }) => regarding?.name)).to.have.members(
      unused,
    );
    for (const name of unused)
      await suite.patchClaim(name, { finalizers: null });
    expect(await suite.names()).to.deep.equal([used]);
  });

  describe("J11 spares a claim that right before the delete arrives another run", () => {
    const cases: {
      name: string;
      metadata?: V1ObjectMeta;
      /** Gives the other run something to write to the claim. */
      occasion: (claim: string) => Promise<unknown>;
      written: { reason: string; owners?: string };
    }[] = [
      {
        name: "adopts",
        metadata: {
          annotations: { "pv.kubernetes.io/bind-completed": "yes" },
        },
        occasion: (claim) =>
          suite.createPod("late", claim, { nodeName: "node-1" }),
        written: { reason: "in-use", owners: "adopt" },
      },
      {
        name: "marks",
        occasion: () => suite.createClaims(11),
        written: { reason: "bulk-first-run" },
      },
      {
        name: "releases, since it is held now",
        metadata: {
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "Pod",
              name: "gone",
              uid: "2b7a6c1e-0000-4000-8000-000000000000",
            },
          ],
        },
        occasion: (claim) =>
          suite.patchClaim(claim, {
            annotations: { "volume-claim/hold": "true" },
          }),
        written: { reason: "held", owners: "release" },
      },
    ];
    for (const { name, metadata, occasion, written } of cases)
      it(name, async () => {
        const claim = await suite.createClaim(metadata);
        let other: SweepReport | undefined;
        suite.proxy.intercept(isDelete, {
          before: async () => {
            await occasion(claim.name);
            other = await sweepOn(
              suite.controlPlane.kubeconfigPath,
              suite.namespace,
            );
          },
        });
        const report = await suite.sweep();
        expect(reasonsOf(report)).to.deep.equal({
          [claim.name]: "changed-meanwhile",
        });
        expect(hasFailures(report)).to.equal(false);
        const outcome =
          other && outcomesOf(other).find((one) => one.claim.uid === claim.uid);
        expect({
          reason: outcome?.decision.reason,
          ...(outcome?.owners && { owners: outcome.owners }),
        }).to.deep.equal(written);
        const left = await suite.claimNamed(claim.name);
        expect(left?.metadata?.uid).to.equal(claim.uid);
        expect(
          suite.proxy.requests.filter(isDelete).map(({ status }) => status),
        ).to.deep.equal([409]);
      });
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { NotSentError } from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import { clusterOn } from "../../../janitor/cluster/cluster.ts";
import { limitRequests } from "../../../janitor/cluster/concurrency.ts";
import { hasFailures } from "../../../janitor/actions/outcome.ts";
import { sweep } from "../../../janitor/sweep.ts";
import { claims, HOUR } from "../objects.ts";

/** How old a list of Pods may be that took so long, which on a busy machine is longer than its 5 ms; as in fresh-pods.ts, and a tick. */
function lifeOf(tookMs: number): number {
  return Math.max(75, tookMs + Math.max(10, tookMs - 100)) + 1;
}

const NAMESPACES = 6;
const CLAIMS = 4;

function list(kind: string, items: readonly object[]): object {
  return { kind, items, metadata: {} };
}

async function nap(milliseconds: number): Promise<void> {
  await sleep(milliseconds);
}

/** An API server in memory on which each delete takes so long, and by how much the list of Pods was too old when deletes reached it. */
function slowApiServer(deleteMs: number) {
  const left = new Map<string, object>();
  for (let index = 0; index < NAMESPACES; index += 1)
    for (const claim of claims(CLAIMS, { namespace: `n${index}` }))
      left.set(`${claim.namespace}/${claim.name}`, {
        metadata: {
          ...claim,
          uid: `${claim.namespace}-${claim.uid}`,
          creationTimestamp: new Date(claim.createdAt),
        },
        spec: {},
      });
  /** The newest list of Pods that has arrived, by namespace. */
  const newest = new Map<string, { askedAt: number; tookMs: number }>();
  const overdue: number[] = [];
  const claimsOf = (namespace: string): object[] =>
    [...left].flatMap(([key, claim]) =>
      key.startsWith(`${namespace}/`) ? [claim] : [],
    );
  const answer = async (
    path: string,
    namespace: string,
    method: string,
  ): Promise<unknown> => {
    if (method === "POST") return {};
    if (method === "DELETE") {
      const { askedAt = Number.NaN, tookMs = 0 } = newest.get(namespace) ?? {};
      overdue.push(performance.now() - askedAt - lifeOf(tookMs));
      await sleep(deleteMs);
      left.delete(`${namespace}/${path.split("/").at(-1)}`);
      return {};
    }
    if (path.endsWith("/pods")) {
      const askedAt = performance.now();
      await sleep(5);
      newest.set(namespace, { askedAt, tookMs: performance.now() - askedAt });
      return list("PodList", []);
    }
    if (path === "/api/v1/persistentvolumeclaims")
      return list("PartialObjectMetadataList", [...left.values()]);
    if (path.endsWith("/persistentvolumeclaims"))
      return list("PersistentVolumeClaimList", claimsOf(namespace));
    return { metadata: {}, status: { phase: "Active" } };
  };
  const api: ApiServer = async ({ method, path, stillWanted }) => {
    if (stillWanted?.() === false) throw new NotSentError(path);
    const [, namespace = ""] = /namespaces\/([^/]+)/.exec(path) ?? [];
    return {
      status: 200,
      body: await answer(path, namespace, method),
      serverTime: Date.parse("2030-01-01T12:00:00Z") + HOUR,
    };
  };
  return { api, left, overdue };
}

describe("deletes that wait for their turn", function () {
  this.timeout(20_000);

  it("J1 are not sent on a list of Pods that grew too old meanwhile, and are sent on the next one", async () => {
    const { api, left, overdue } = slowApiServer(120);
    const report = await sweep(
      {
        dryRun: false,
        namespaces: [],
        selector: "managed=true",
        gracePeriodMs: 300_000,
        concurrency: 4,
        maxDeletions: 500,
        adopt: true,
      },
      {
        cluster: clusterOn(limitRequests(api, 4), {
          pageSize: 500,
          sleep: nap,
        }),
        sleep: nap,
        clock: () => performance.now(),
        signal: new AbortController().signal,
        progress: {
          namespaces: () => undefined,
          namespaceDone: () => undefined,
          claimDeleted: () => undefined,
        },
      },
    );
    expect(hasFailures(report)).to.equal(false);
    expect(left.size).to.equal(0);
    expect(overdue).to.have.length(NAMESPACES * CLAIMS);
    expect(Math.max(...overdue)).to.be.at.most(0);
  });
});

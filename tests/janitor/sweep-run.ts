import type { SweepReport } from "../../janitor/actions/outcome.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../functions/kubernetes/api-server.ts";
import { outcomesOf } from "../../janitor/actions/outcome.ts";
import type { SweepOptions } from "../../janitor/settings/options.ts";
import { sweep } from "../../janitor/sweep.ts";
import type { ClaimMetadata } from "../../janitor/verdict/claim-metadata.ts";
import { fakeCluster } from "./fake-cluster.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import { MINUTE } from "./objects.ts";

export const unavailable = new ApiStatusError(503, "etcd is not there");
export const forbidden = new ApiStatusError(403, "may not");
export const lost = new ApiUnreachableError("connection reset");

export async function run(
  cluster: FakeCluster,
  over: Partial<SweepOptions> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<SweepReport> {
  return await sweep(
    {
      dryRun: false,
      namespaces: [],
      selector: "managed=true",
      gracePeriodMs: 5 * MINUTE,
      concurrency: 8,
      maxDeletions: 500,
      adopt: true,
      ...over,
    },
    {
      cluster,
      sleep: () => Promise.resolve(),
      clock: () => cluster.time,
      signal,
      progress: {
        namespaces: () => undefined,
        namespaceDone: () => undefined,
        claimDeleted: () => undefined,
      },
    },
  );
}

/** True for the call with which a sweep lists the claims of a namespace again before it deletes. */
export function isRecheck({ calls }: FakeCluster, call: string): boolean {
  const sweepsCalls = calls.slice(
    calls.findLastIndex((one) => one.startsWith("listClaims")),
  );
  return (
    call.startsWith("listAllClaims") &&
    sweepsCalls.includes(call.replace("listAllClaims", "namespacePhase"))
  );
}

/** Lets `happens` run before each call that begins so, or before the re-check. */
export function before(
  cluster: FakeCluster,
  when: string,
  happens: (call: string) => void,
): FakeCluster {
  cluster.before = (call) => {
    if (when === "re-check" ? isRecheck(cluster, call) : call.startsWith(when))
      happens(call);
  };
  return cluster;
}

/** A cluster of such claims in which each call that begins so fails, after `meanwhile`. */
export function failing(
  all: ClaimMetadata[],
  when: string,
  error: Error,
  meanwhile: (cluster: FakeCluster) => void = () => undefined,
): FakeCluster {
  const cluster = fakeCluster({ claims: all });
  return before(cluster, when, () => {
    meanwhile(cluster);
    throw error;
  });
}

/** Reasons by the uid of the claim. */
export function reasons(report: SweepReport): Record<string, string> {
  return Object.fromEntries(
    Array.from(outcomesOf(report), ({ claim, decision }) => [
      claim.uid,
      decision.reason,
    ]),
  );
}

export function count(report: SweepReport, reason: string): number {
  return [...outcomesOf(report)].filter((one) => one.decision.reason === reason)
    .length;
}

export function callsOf({ calls }: FakeCluster, name: string): string[] {
  return calls.filter((call) => call.startsWith(name));
}

export function writesOf({ calls }: FakeCluster): string[] {
  return calls.filter((call) => /^(adopt|delete|patch|record)/.test(call));
}

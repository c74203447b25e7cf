import {
  ApiStatusError,
  ApiUnreachableError,
} from "../functions/kubernetes/api-server.ts";
import { errorMessage } from "../functions/contract/error-message.ts";
import type { ClaimMetadata } from "./verdict/claim-metadata.ts";
import type { CompleteList } from "./cluster/complete-list.ts";
import { forEachLimited } from "./cluster/concurrency.ts";
import type { NamespaceReport, SweepReport } from "./actions/outcome.ts";
import type { SweepContext, SweepPorts } from "./actions/sweep-context.ts";
import type { SweepOptions } from "./settings/options.ts";
import { sweepNamespace } from "./actions/sweep-namespace.ts";

/**
 * First uses of claims that one run records. After an upgrade from a version that did not record the time of the request, each claim
 * in use needs a write: with a run every five minutes that is up to 288 000 a day.
 */
const MAX_FIRST_USES = 1_000;

/** The age of the claims is unknown: the API server's answer had no Date, and the janitor trusts no other clock. */
export class NoServerTimeError extends Error {
  override readonly name = "NoServerTimeError";
}

/**
 * Sweeps once: lists the claims, then namespace by namespace the Pods, and acts on what it finds.
 * @throws {ApiUnreachableError} or {ApiStatusError} when no claims could be listed at all
 * @throws {NoServerTimeError}
 */
export async function sweep(
  options: SweepOptions,
  ports: SweepPorts,
): Promise<SweepReport> {
  const { claims, now, reports } = await listClaims(options, ports);
  let nodes: ReturnType<SweepContext["volumeNodes"]> | undefined;
  const context: SweepContext = {
    ...ports,
    options,
    context: { now, gracePeriodMs: options.gracePeriodMs },
    volumeNodes: () => (nodes ??= ports.cluster.volumeNodes()),
    counts: {
      deletionsLeft: options.maxDeletions,
      firstUsesLeft: MAX_FIRST_USES,
      lostEvents: 0,
    },
  };
  ports.progress.namespaces(claims.size);
  await forEachLimited(
    claims,
    options.concurrency,
    async ([namespace, ofNamespace]) => {
      reports.push(await sweepNamespace(namespace, ofNamespace, context));
      ports.progress.namespaceDone();
    },
  );
  return {
    now,
    namespaces: reports.toSorted((a, b) =>
      a.namespace < b.namespace ? -1 : 1,
    ),
    lostEvents: context.counts.lostEvents,
    interrupted: ports.signal.aborted,
  };
}

interface ListedClaims {
  readonly claims: ReadonlyMap<string, ClaimMetadata[]>;
  readonly now: number;
  /** Of namespaces that could not be listed, or that do not exist. */
  readonly reports: NamespaceReport[];
}

async function listClaims(
  { namespaces, selector, concurrency }: SweepOptions,
  { cluster }: SweepPorts,
): Promise<ListedClaims> {
  const lists: CompleteList<ClaimMetadata>[] = [];
  const reports: NamespaceReport[] = [];
  if (namespaces.length === 0)
    lists.push(await cluster.listClaims(undefined, selector));
  const errors: unknown[] = [];
  await forEachLimited(namespaces, concurrency, async (namespace) => {
    try {
      const list = await cluster.listClaims(namespace, selector);
      lists.push(list);
      if (list.items.length > 0) return;
      // The API server answers with an empty list for a namespace that does not exist; report a typing error.
      if ((await cluster.namespacePhase(namespace)) === "missing")
        reports.push(failed(namespace, "there is no such namespace"));
    } catch (error) {
      errors.push(error);
      reports.push(
        failed(namespace, `cannot look for claims: ${errorMessage(error)}`),
      );
    }
  });
  const [error] = errors;
  if (lists.length === 0 && concernsAll(error)) throw error;

  const claims = new Map<string, ClaimMetadata[]>();
  for (const { items } of lists) {
    for (const claim of items) {
      const ofNamespace = claims.get(claim.namespace);
      if (ofNamespace) ofNamespace.push(claim);
      else claims.set(claim.namespace, [claim]);
    }
  }
  return { claims, now: earliest(lists), reports };
}

/** The first of several lists decides: a claim must have been old enough when the first was taken. */
function earliest(lists: readonly CompleteList<ClaimMetadata>[]): number {
  return Math.min(
    ...lists.map(({ serverTime }) => {
      if (serverTime === undefined) {
        throw new NoServerTimeError(
          "the answer of the API server has no Date, so the age of the claims is unknown; nothing was done",
        );
      }
      return serverTime;
    }),
  );
}

/** True for an error that every namespace would meet: no cluster, no credentials, a selector that cannot be read. */
function concernsAll(error: unknown): boolean {
  return (
    error instanceof ApiUnreachableError ||
    (error instanceof ApiStatusError && [400, 401].includes(error.status))
  );
}

function failed(namespace: string, failure: string): NamespaceReport {
  return { namespace, outcomes: [], failures: [failure] };
}

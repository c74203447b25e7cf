import { hash } from "node:crypto";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../functions/kubernetes/api-server.ts";
import { errorMessage } from "../functions/contract/error-message.ts";
import type { ClaimIdentity } from "./verdict/claim-metadata.ts";
import type { CompleteList } from "./cluster/complete-list.ts";
import { packed } from "./actions/packed.ts";
import type { Packed } from "./actions/packed.ts";
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

/**
 * Namespaces with more claims than this are swept one at a time. The janitor holds all claims and Pods of a namespace while it
 * sweeps it, and several large ones at once would not fit into its memory.
 */
const LARGE_NAMESPACE = 1_000;

/** The age of the claims is unknown: the API server's answer had no Date, and the janitor trusts no other clock. */
export class NoServerTimeError extends Error {
  override readonly name = "NoServerTimeError";
}

/**
 * Sweeps once: finds out where claims are, then lists claims and Pods namespace by namespace, and acts on what it finds.
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
    events: [],
    counts: {
      deletionsLeft: options.maxDeletions,
      firstUsesLeft: MAX_FIRST_USES,
      lostEvents: 0,
    },
  };
  ports.progress.namespaces(claims.size);
  const sweepOne = async (namespace: string): Promise<void> => {
    const found = [...(claims.get(namespace) ?? [])];
    // The report takes its place.
    claims.delete(namespace);
    reports.push(await sweepNamespace(namespace, found, context));
    ports.progress.namespaceDone();
  };
  const order = shuffled([...claims.keys()], now);
  const isLarge = (namespace: string): boolean =>
    (claims.get(namespace)?.count ?? 0) > LARGE_NAMESPACE;
  const large = order.filter((namespace) => isLarge(namespace));
  const small = order.filter((namespace) => !isLarge(namespace));
  await Promise.all([
    forEachLimited(large, 1, sweepOne),
    forEachLimited(small, options.concurrency, sweepOne),
  ]);
  await Promise.all(context.events);
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
  /** By namespace. */
  readonly claims: Map<string, Packed<ClaimIdentity>>;
  readonly now: number;
  /** Of namespaces that could not be listed, or that do not exist. */
  readonly reports: NamespaceReport[];
}

async function listClaims(
  { namespaces, selector, concurrency }: SweepOptions,
  { cluster }: SweepPorts,
): Promise<ListedClaims> {
  const lists: CompleteList<ClaimIdentity>[] = [];
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

  const byNamespace = Map.groupBy(
    lists.flatMap(({ items }) => items),
    ({ namespace: name }) => name,
  );
  const claims = new Map(
    Array.from(byNamespace, ([name, ofNamespace]) => [
      name,
      packed(ofNamespace),
    ]),
  );
  return { claims, now: earliest(lists), reports };
}

/**
 * The namespaces in an order that each run draws anew, by the API server's clock. In a fixed order the first namespaces could use up
 * what a run may delete, or its time, again and again.
 */
function shuffled(namespaces: readonly string[], now: number): string[] {
  const lots = new Map(
    namespaces.map((namespace) => [
      namespace,
      hash("sha256", `${now} ${namespace}`),
    ]),
  );
  const lotOf = (namespace: string): string => lots.get(namespace) ?? "";
  return namespaces.toSorted((a, b) => (lotOf(a) < lotOf(b) ? -1 : 1));
}

/** The first of several lists decides: a claim must have been old enough when the first was taken. */
function earliest(lists: readonly CompleteList<ClaimIdentity>[]): number {
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

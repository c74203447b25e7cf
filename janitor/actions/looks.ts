import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster, HowToList, NamespacePhase } from "../cluster/cluster.ts";
import { knownPods } from "../cluster/known-pods.ts";
import type { KnownPods } from "../cluster/known-pods.ts";
import type { RecentState } from "../cluster/recent-state.ts";
import type { ListedClaim } from "../verdict/pending-clones.ts";
import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import { freshLists, LIFE_MS } from "./fresh-lists.ts";
import type { Fresh } from "./fresh-lists.ts";
import type { SweepPorts } from "./sweep-context.ts";

/**
 * The first lists may show a state of this age. Many small namespaces then share one question about the current state. What is deleted
 * or adopted is looked at again.
 */
const FIRST_LOOK_MS = 1_000;

/**
 * Lists of all namespaces pay when there are at most so many claims and Pods for each namespace that is swept: the API server and the
 * janitor take about as long for this many objects as for one more request.
 */
const OBJECTS_PER_NAMESPACE = 10;

/** More would make the lists of all namespaces slow, and the memory large. */
const MOST_OBJECTS = 5_000;

/** How a sweep sees one namespace. Claims are always listed before Pods. */
export interface Looks {
  /** Every claim, ours or not, as the first look shows them. */
  firstClaims(): Promise<readonly ListedClaim[]>;
  firstPods(): Promise<PodsByClaim>;
  phase(): Promise<NamespacePhase>;
  /** The Pods again, before adoptions. */
  podsAgain(): Promise<readonly V1Pod[]>;
  /** Every claim again, as the second look shows them before a delete. */
  claimsAgain(): Promise<ClaimsAgain>;
  /** For the deletes after that: the Pods, from lists that are young enough to delete by. */
  freshPods(): () => Promise<Fresh<PodsByClaim>>;
}

export interface ClaimsAgain {
  readonly listed: readonly ListedClaim[];
  /** When they came, by the clock of the janitor, in milliseconds. */
  readonly at: number;
}

type Ports = Pick<SweepPorts, "cluster" | "clock">;

/** Lists of one namespace, for itself. */
export function ownLooks(namespace: string, ports: Ports): Looks {
  const { clock, cluster } = ports;
  const first = () => cluster.recentState({ maxAgeMs: FIRST_LOOK_MS });
  const listPods = podLists(namespace, cluster);
  return {
    firstClaims: async () =>
      await cluster.listAllClaims(namespace, { notOlderThan: await first() }),
    firstPods: async () =>
      podsByClaim(await listPods({ notOlderThan: await first() })),
    phase: () => cluster.namespacePhase(namespace),
    podsAgain: async () =>
      await listPods({
        notOlderThan: await cluster.recentState({ maxAgeMs: LIFE_MS }),
      }),
    claimsAgain: async () => {
      const notOlderThan = await cluster.recentState({ maxAgeMs: LIFE_MS });
      const listed = await cluster.listAllClaims(namespace, {
        notOlderThan,
        hurry: true,
      });
      return { listed, at: clock() };
    },
    freshPods: () =>
      freshLists(
        async (notOlderThan) =>
          podsByClaim(await listPods({ notOlderThan, hurry: true })),
        ports,
      ),
  };
}

/**
 * Lists of all namespaces at once, which `namespaces` of them share. A namespace then needs no list for itself, and the evidence before
 * its deletes is as young. Undefined when that does not pay: when there are many claims and Pods for each namespace, or when the
 * account may not list those of all namespaces.
 */
export async function sharedLooks(
  namespaces: number,
  ports: Ports,
): Promise<((namespace: string) => Looks) | undefined> {
  const { clock, cluster } = ports;
  const state = await cluster.recentState({ maxAgeMs: FIRST_LOOK_MS });
  const { objects = Infinity } = state;
  if (objects > Math.min(OBJECTS_PER_NAMESPACE * namespaces, MOST_OBJECTS))
    return undefined;
  const listPods = podLists(undefined, cluster);
  const look = async (notOlderThan: RecentState) => {
    const how = { notOlderThan, hurry: true } as const;
    const claims = await cluster.listAllClaims(undefined, how);
    const at = clock();
    const pods = await listPods(how);
    return {
      at,
      claims: Map.groupBy(claims, ({ claim }) => claim.namespace),
      users: usersByNamespace(pods),
    };
  };
  // When this fails, each namespace finds out for itself what it can list.
  const first = await look(state).catch(() => undefined);
  if (!first) return undefined;
  const again = freshLists(look, ports);
  let phases: ReturnType<typeof cluster.namespacePhases> | undefined;
  return (namespace) => ({
    ...ownLooks(namespace, ports),
    firstClaims: () => Promise.resolve(first.claims.get(namespace) ?? []),
    firstPods: () => Promise.resolve(first.users.get(namespace) ?? NO_USERS),
    phase: async () => {
      const all = await (phases ??= cluster.namespacePhases());
      return all
        ? (all.get(namespace) ?? "missing")
        : await cluster.namespacePhase(namespace);
    },
    claimsAgain: async () => {
      const { listed } = await again();
      return { listed: listed.claims.get(namespace) ?? [], at: listed.at };
    },
    freshPods: () => async () => {
      const { isFresh, listed } = await again();
      return { listed: listed.users.get(namespace) ?? NO_USERS, isFresh };
    },
  });
}

/** Lists Pods again and again. Each list knows those of the one before. */
function podLists(
  namespace: string | undefined,
  cluster: Pick<Cluster, "listPods">,
): (how: Omit<HowToList, "known">) => Promise<readonly V1Pod[]> {
  let known: KnownPods | undefined;
  return async (how) => {
    const pods = await cluster.listPods(namespace, { ...how, known });
    known = knownPods(pods);
    return pods;
  };
}

const NO_USERS: PodsByClaim = new Map();

function usersByNamespace(
  pods: readonly V1Pod[],
): ReadonlyMap<string, PodsByClaim> {
  const byNamespace = Map.groupBy(pods, ({ metadata }) => metadata?.namespace);
  return new Map(
    Array.from(byNamespace, ([namespace = "", ofNamespace]) => [
      namespace,
      podsByClaim(ofNamespace),
    ]),
  );
}

import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import type {
  ApiAnswer,
  ApiServer,
} from "../../../functions/kubernetes/api-server.ts";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { ListedPod } from "../../../functions/pool/claim-users.ts";
import type { PoolReader } from "../../../functions/hand-over/lists.ts";
import { poolsOn } from "../../../functions/hand-over/pools.ts";
import type { PoolRequest } from "../../../functions/hand-over/pools.ts";
import type { Reservation } from "../../../functions/hand-over/reservations.ts";
import type { PoolLimits } from "../../../functions/pool/pool.ts";
import type { WantedSet } from "../../../functions/pool/sets.ts";
import { originOf } from "../../../functions/pool/workload.ts";
import { NOW, ofReplicaSet, pod, wanting } from "../pool/pool-builders.ts";

type Claim = V1PersistentVolumeClaim;
type JsonPatch = { op: string; path: string; value?: string }[];

/** The claims of a pool as an API server keeps them: a write needs the current resource version. */
export class FakePool {
  readonly claims: Map<string, Claim>;
  reads = 0;
  /** What each request has, in milliseconds. */
  timeMs = 10_000;
  /** Called before each write; it may change the claims, or throw. */
  beforeWrite: (name: string) => void = () => undefined;
  /** Names of Pods, with the claim of each. */
  pods = new Map<string, string>();
  /** How the API server lists a Pod. */
  podOf: (name: string, claim: string) => ListedPod = pod;
  /** Called before the list of the Pods with a label; it may throw. */
  beforePodsWith: () => void = () => undefined;
  readonly #listed: Claim[] | undefined;

  /** With `stale` every list shows the claims as they are now. */
  constructor(claims: readonly Claim[], stale = false) {
    this.claims = new Map(claims.map((one) => [one.metadata?.name ?? "", one]));
    this.#listed = stale ? structuredClone([...claims]) : undefined;
  }

  touch(name: string, annotations: Record<string, string> = {}): void {
    const { metadata } = this.claims.get(name) ?? {};
    if (!metadata) return;
    metadata.annotations = { ...metadata.annotations, ...annotations };
    metadata.resourceVersion = String(Number(metadata.resourceVersion) + 1);
  }

  readonly api: ApiServer = ({ body, method, path, query }) => {
    const name = path.split("/").at(-1) ?? "";
    if (name === "pods") return Promise.resolve(this.#podsWith(query));
    const found = this.claims.get(name);
    if (!found) throw new ApiStatusError(404, "not found");
    if (method === "PATCH" && Array.isArray(body)) {
      const { annotations } = found.metadata ?? {};
      for (const { op, path: pointer, value } of body as JsonPatch) {
        const key = pointer.split("/").at(-1)?.replace("~1", "/") ?? "";
        if (op === "test" && annotations?.[key] !== value)
          throw new ApiStatusError(422, "the test failed");
        if (op === "remove") delete annotations?.[key];
        if (op === "replace" && annotations && value !== undefined)
          annotations[key] = value;
      }
    } else if (method === "PATCH") {
      this.beforeWrite(name);
      const { metadata } = body as { metadata: Claim["metadata"] };
      if (
        metadata?.resourceVersion !== undefined &&
        metadata.resourceVersion !== found.metadata?.resourceVersion
      )
        throw new ApiStatusError(409, "changed", { reason: "Conflict" });
      this.touch(name, metadata?.annotations);
    }
    return Promise.resolve({
      status: 200,
      body: structuredClone(found),
      serverTime: NOW,
    });
  };

  #podsWith(query: Readonly<Record<string, string>> = {}): ApiAnswer {
    this.beforePodsWith();
    const [key = "", value] = query["labelSelector"]?.split("=") ?? [];
    const items = [...this.pods]
      .map(([name, of]) => this.podOf(name, of))
      .filter(({ metadata }) => metadata?.labels?.[key] === value);
    return { status: 200, body: { items }, serverTime: NOW };
  }

  readonly reader: PoolReader = {
    read: () => {
      this.reads += 1;
      return Promise.resolve({
        claims: this.#listed ?? structuredClone([...this.claims.values()]),
        users: claimUsers(
          [...this.pods].map(([name, of]) => this.podOf(name, of)),
          [],
        ),
        now: NOW,
        begunAt: performance.now(),
        judged: new Map(),
        tried: new Map(),
        endedLeases: new Set(),
      });
    },
  };

  async obtain(
    requestUid: string,
    limits: PoolLimits = { wait: false },
    spec = {},
  ): Promise<string> {
    const obtained = await poolsOn(this.api, this.reader).obtain(
      requestOf(requestUid, { wanted: wanting({ limits, spec }) }),
      performance.now() + this.timeMs,
      false,
    );
    return obtained.kind === "hit"
      ? `hit ${obtained.set}`
      : `miss ${obtained.reason}`;
  }

  annotations(): unknown[] {
    return [...this.claims.values()].map(
      ({ metadata }) => metadata?.annotations,
    );
  }

  lease(name: string): string | undefined {
    return this.claims.get(name)?.metadata?.annotations?.[
      "volume-claim/lease-request"
    ];
  }
}

/** Of a Pod that wants a set of pool `hash`. */
export function requestOf(
  requestUid: string,
  over: Partial<PoolRequest> = {},
): PoolRequest {
  return {
    requestUid,
    namespace: "shop",
    poolName: "Deployment web",
    pool: "hash",
    wanted: wanting(),
    ...over,
  };
}

/** A lease that has just begun. */
export const LEASED = {
  "volume-claim/lease-request": "uid-0",
  "volume-claim/lease-time": new Date(NOW).toISOString(),
};

/** Asks for the set of a claim that Pod `copy` names. */
export function obtainNamed(
  fake: FakePool,
  name: string,
): Promise<Reservation | undefined> {
  return poolsOn(fake.api, fake.reader).obtainNamed(
    { namespace: "shop", name, podName: "copy" },
    "uid-1",
    performance.now() + fake.timeMs,
    false,
  );
}

/** What a Pod of a ReplicaSet wants. */
export function wantingFrom(hash: string, limits: PoolLimits): WantedSet {
  return wanting({ limits, origin: originOf(ofReplicaSet(hash, "x")) });
}

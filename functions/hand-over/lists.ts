import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { CLAIM_NAME_LABEL, POOL_LABEL } from "../contract/keys.ts";
import { endsBy } from "../contract/ends-by.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../kubernetes/api-server.ts";
import type { ApiServer } from "../kubernetes/api-server.ts";
import { claimsPath, namespacePath } from "../kubernetes/paths.ts";
import { ADMISSION_RETRY, isTransient, retry } from "../kubernetes/retry.ts";
import { claimUsers } from "../pool/claim-users.ts";
import type { PoolLists, PoolSet } from "../pool/sets.ts";

/** The lists of a pool, and what this instance of the function knows in addition. */
export interface SharedLists extends PoolLists {
  /** When the first list was requested, in milliseconds of `performance.now()`. */
  readonly begunAt: number;
  /** Sets that requests of this instance have tried to reserve since then, with the uid of the request that succeeded. */
  readonly tried: Map<string, string | undefined>;
  /** The sets as Pods that want the same see them, by what they want. */
  readonly judged: Map<string, readonly PoolSet[]>;
  /** Sets whose lease a request of this instance has ended since. */
  readonly endedLeases: Set<string>;
}

/** Reads the lists of a pool. Requests that come together share them. */
export interface PoolReader {
  /**
   * Returns lists that were begun at `notBefore` or later. Times are in milliseconds of `performance.now()`.
   * @throws what the API server answered last, or that the lists do not come in time
   */
  read(
    namespace: string,
    pool: string,
    notBefore: number,
    deadline: number,
  ): Promise<SharedLists>;
}

/** A claim takes about two kilobytes, and the metadata of a Pod one. */
const PAGE_SIZE = 500;

const METADATA_ONLY =
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

interface Reading {
  readonly begunAt: number;
  /** Of the request that began it. */
  readonly deadline: number;
  readonly lists: Promise<SharedLists>;
}

/** A reader on a real API server. */
export function poolReaderOn(api: ApiServer): PoolReader {
  const latest = new Map<string, Reading>();

  return {
    async read(namespace, pool, notBefore, deadline) {
      const key = `${namespace}/${pool}`;
      for (;;) {
        const reading = latest.get(key);
        // Another request began it, and may have more time.
        if (reading && !(await endsBy(reading.lists, deadline)))
          throw new ApiUnreachableError("the lists did not come in time");
        if (reading && reading.begunAt >= notBefore)
          try {
            return await reading.lists;
          } catch (error) {
            const hadLessTime = reading.deadline < deadline;
            if (hadLessTime && isTransient(error, ADMISSION_RETRY)) continue;
            throw error;
          }
        // The last lists began too early. All requests that waited for them share the next ones.
        if (latest.get(key) === reading) {
          const begunAt = performance.now();
          const lists = readAll(api, namespace, pool, deadline);
          latest.set(key, { begunAt, deadline, lists });
          const forget = (): void => {
            if (latest.get(key)?.lists === lists) latest.delete(key);
          };
          void lists.then(
            // Nobody uses lists that are older than this, and they may be large.
            () => setTimeout(forget, LIST_SHARE_MS).unref(),
            forget,
          );
        }
      }
    },
  };
}

/** How long other requests may use the lists, in milliseconds. A reservation compares resource versions, so an old list costs one try at most. */
export const LIST_SHARE_MS = 1_000;

/** Lists the claims first. If a claim in that list is leased, its Pod is in the later list of Pods, or the lease still runs. */
async function readAll(
  api: ApiServer,
  namespace: string,
  pool: string,
  deadline: number,
): Promise<SharedLists> {
  const begunAt = performance.now();
  const podsPath = `${namespacePath(namespace)}/pods`;
  const claims = await listAll<V1PersistentVolumeClaim>(
    api,
    claimsPath(namespace),
    { labelSelector: `${POOL_LABEL}=${pool}` },
    deadline,
  );
  // The Pods that have finished are asked for by themselves: of all others the metadata is enough. They come first, since a Pod that
  // has finished stays so: each of them that is still in the second list is known to have finished. The other way round, a Pod that
  // is deleted between the lists would look like one that held its claims until then, and its set like one whose Pod was seen.
  const finished = await listAll<V1Pod>(
    api,
    podsPath,
    {
      labelSelector: CLAIM_NAME_LABEL,
      fieldSelector:
        "status.phase!=Pending,status.phase!=Running,status.phase!=Unknown",
    },
    deadline,
  );
  const pods = await listAll<V1Pod>(
    api,
    podsPath,
    { labelSelector: CLAIM_NAME_LABEL },
    deadline,
    METADATA_ONLY,
  );
  return {
    begunAt,
    now: claims.serverTime,
    claims: claims.items,
    users: claimUsers(pods.items, finished.items),
    judged: new Map(),
    tried: new Map(),
    endedLeases: new Set(),
  };
}

/** True when a Pod that the selector matches is there now. It may have finished. */
export async function hasPodWith(
  api: ApiServer,
  namespace: string,
  labelSelector: string,
  deadline: number,
): Promise<boolean> {
  const { items } = await listAll<V1Pod>(
    api,
    `${namespacePath(namespace)}/pods`,
    { labelSelector },
    deadline,
    METADATA_ONLY,
  );
  return items.length > 0;
}

interface Listed<T> {
  readonly items: readonly T[];
  /** The API server's clock at the first page, rounded down to a second. */
  readonly serverTime: number;
}

/** Reads every item, in pages of one consistent list. The API server reads it from its storage, not from a cache. */
async function listAll<T>(
  api: ApiServer,
  path: string,
  selector: Readonly<Record<string, string>>,
  deadline: number,
  accept?: string,
): Promise<Listed<T>> {
  const items: T[] = [];
  let serverTime: number | undefined;
  let continueToken = "";
  do {
    const query = {
      ...selector,
      limit: String(PAGE_SIZE),
      ...(continueToken !== "" && { continue: continueToken }),
    };
    const answer = await retry(ADMISSION_RETRY, { deadline }, (timeoutMs) =>
      api({ method: "GET", path, query, timeoutMs, ...(accept && { accept }) }),
    );
    const list = answer.body as {
      /** Null in an empty list of metadata. */
      readonly items?: readonly T[] | null;
      readonly metadata?: { readonly continue?: string };
    };
    // An answer without items is not a list. A proxy may have made it up: it must not look like an empty pool.
    if (list.items === undefined)
      throw new ApiStatusError(502, `the answer to ${path} is not a list`);
    items.push(...(list.items ?? []));
    serverTime ??= answer.serverTime ?? Date.now();
    continueToken = list.metadata?.continue ?? "";
  } while (continueToken !== "");
  return { items, serverTime: serverTime ?? Date.now() };
}

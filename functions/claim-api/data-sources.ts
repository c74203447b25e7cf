import type {
  V1PersistentVolumeClaim,
  V1TypedLocalObjectReference,
} from "@kubernetes/client-node";
import type { ApiServer } from "../kubernetes/api-server.ts";
import { claimPath, namespacePath } from "../kubernetes/paths.ts";
import { ADMISSION_RETRY, retry } from "../kubernetes/retry.ts";
import {
  claimReference,
  SNAPSHOT_API,
  snapshotReference,
} from "../template/data-source.ts";
import type { DataSource } from "../template/data-source.ts";
import type { ClaimManifest } from "../claim/build.ts";
import {
  consider,
  noneReady,
  NOTHING_SEEN,
  snapshotProblem,
  sourceClaimProblem,
} from "../claim/source-checks.ts";
import type { SnapshotSearch, VolumeSnapshot } from "../claim/source-checks.ts";
import { sourceRejection, unsuitable } from "./source-rejection.ts";

/** A snapshot takes about two kilobytes, so a page is about one megabyte. */
const PAGE_SIZE = 500;

/** Looks up the sources of volumes; it only reads. */
export interface DataSources {
  /**
   * The claim with its source, which exists and is suitable. `deadline` is in milliseconds of `performance.now()`.
   * @throws {ClaimRejectedError}
   */
  resolve(
    claim: ClaimManifest,
    source: DataSource,
    deadline: number,
  ): Promise<ClaimManifest>;
}

/** Sources on a real API server; lists are read in pages of `pageSize`. */
export function dataSourcesOn(
  api: ApiServer,
  pageSize: number = PAGE_SIZE,
): DataSources {
  return {
    async resolve(claim, source, deadline) {
      const { namespace } = claim.metadata;
      const read: Reading["read"] = (path, query = {}) =>
        retry(ADMISSION_RETRY, { deadline }, async (timeoutMs) => {
          const request = { method: "GET", path, query, timeoutMs } as const;
          return (await api(request)).body;
        });
      let found: Found;
      try {
        found = await lookUp({ read, pageSize }, source, claim);
      } catch (error) {
        throw sourceRejection(error, source, namespace);
      }
      if ("problem" in found) throw unsuitable(source, found.problem);
      return { ...claim, spec: { ...claim.spec, dataSource: found.reference } };
    },
  };
}

interface Reading {
  /** The body of the answer to a GET. */
  readonly read: (
    path: string,
    query?: Readonly<Record<string, string>>,
  ) => Promise<unknown>;
  readonly pageSize: number;
}

/** The source of the claim, or why it cannot be used. */
type Found =
  | { readonly reference: V1TypedLocalObjectReference }
  | { readonly problem: string };

async function lookUp(
  reading: Reading,
  source: DataSource,
  claim: ClaimManifest,
): Promise<Found> {
  const { read } = reading;
  const { namespace } = claim.metadata;
  const snapshots = `${namespacePath(namespace, `/apis/${SNAPSHOT_API}`)}/volumesnapshots`;
  switch (source.kind) {
    case "claim": {
      const body = await read(claimPath(namespace, source.name));
      return referenceUnless(
        claimReference(source.name),
        sourceClaimProblem(body as V1PersistentVolumeClaim, claim),
      );
    }
    case "snapshot": {
      const body = await read(
        `${snapshots}/${encodeURIComponent(source.name)}`,
      );
      return referenceUnless(
        snapshotReference(source.name),
        snapshotProblem(body as VolumeSnapshot, claim),
      );
    }
    case "newest-snapshot": {
      const search = await searchAll(reading, snapshots, source.selector);
      const { newest } = search;
      // Do not use an older one when the newest is not suitable: the user did not ask for its data.
      return newest === undefined
        ? { problem: noneReady(search, claim) }
        : referenceUnless(
            snapshotReference(newest.metadata?.name ?? ""),
            snapshotProblem(newest, claim),
            ", the newest with these labels,",
          );
    }
    default:
      return source satisfies never;
  }
}

function referenceUnless(
  reference: V1TypedLocalObjectReference,
  problem: string | undefined,
  aside = "",
): Found {
  return problem === undefined
    ? { reference }
    : { problem: `${reference.kind} ${reference.name}${aside} ${problem}` };
}

/** Reads all pages: the newest may be on any of them, because the API sorts by name. */
async function searchAll(
  { read, pageSize }: Reading,
  path: string,
  labelSelector: string,
): Promise<SnapshotSearch> {
  let search = NOTHING_SEEN;
  let next: string | undefined;
  do {
    const { items, metadata } = (await read(path, {
      labelSelector,
      limit: String(pageSize),
      ...(next !== undefined && { continue: next }),
    })) as {
      items: readonly VolumeSnapshot[];
      metadata?: { continue?: string };
    };
    search = items.reduce(consider, search);
    next = metadata?.continue || undefined;
  } while (next !== undefined);
  return search;
}

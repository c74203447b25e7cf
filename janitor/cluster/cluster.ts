import type { V1OwnerReference, V1Pod } from "@kubernetes/client-node";
import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import type {
  ApiRequest,
  ApiServer,
} from "../../functions/kubernetes/api-server.ts";
import {
  claimPath,
  claimsPath,
  namespacePath,
} from "../../functions/kubernetes/paths.ts";
import { JANITOR_RETRY, retry } from "../../functions/kubernetes/retry.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";
import type {
  ClaimIdentity,
  ClaimMetadata,
} from "../verdict/claim-metadata.ts";
import { JANITOR_NAME } from "../../functions/contract/keys.ts";
import { patchOf } from "./claim-patch.ts";
import type { ClaimChange } from "./claim-patch.ts";
import { oneAtATime } from "./concurrency.ts";
import { conditionalWrite, unlessMissing } from "./conditional-write.ts";
import type { WriteOutcome } from "./conditional-write.ts";
import { completeList } from "./complete-list.ts";
import type { CompleteList, ListSettings } from "./complete-list.ts";
import { knownPod } from "./known-pods.ts";
import type { KnownPods } from "./known-pods.ts";
import { recentStates } from "./recent-state.ts";
import type { RecentState, WantedState } from "./recent-state.ts";
import { LIMITS } from "../settings/options.ts";
import { deletionEvent, quarantineEvent } from "./claim-events.ts";
import type { ListedClaim } from "../verdict/pending-clones.ts";
import type { VolumeNodes } from "../verdict/set-nodes.ts";
import {
  readAttachment,
  readIdentity,
  readNode,
  readListedClaim,
  readPod,
  readVolume,
} from "./read-objects.ts";

/** The API server's own time-out for a list: https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ (--request-timeout) */
const LIST_TIMEOUT_MS = 60_000;

/**
 * Deletes wait for some lists: in large namespaces their pages are larger by this factor. With 5,000 Pods, pages of 2,000 take about
 * half the time of pages of 500, and one page of 5,000 takes longer again.
 */
const HURRY_FACTOR = 4;

/**
 * The time-out for a page of such a list. A page that takes longer is too old to delete by, and most likely no answer will come.
 * The larger pages of 5,000 Pods took 0.3 to 1.7 s on a busy machine.
 */
const HURRIED_LIST_TIMEOUT_MS = 15_000;

/** A single object is read or written in milliseconds; webhooks on the way may take 30 s each. */
const OBJECT_TIMEOUT_MS = 35_000;

const EVENTS_API = "/apis/events.k8s.io/v1";

/** An Event is not important enough for a longer wait. */
const EVENT_TIMEOUT_MS = 5_000;

/** A resource of which the janitor asks for the current state. */
export type ListedResource = "persistentvolumeclaims" | "pods";

/** How to list what a namespace has. */
export interface ListOptions {
  /** Without it the list is of the current state. */
  readonly notOlderThan?: RecentState;
  /** Something waits for the list: it comes in fewer and larger pages. */
  readonly hurry?: true;
  /** Pods of an earlier list. When there are no others, a list of the metadata is enough: it takes less than half the time. */
  readonly known?: KnownPods | undefined;
}

/**
 * The requests of the janitor to a cluster. Reads and patches are repeated after transient failures. Deletes and adoptions are
 * not: the re-check before them would be too old.
 */
export interface Cluster {
  /** Which claims there are in one namespace, or in all. */
  listClaims(
    namespace: string | undefined,
    selector: string,
  ): Promise<CompleteList<ClaimIdentity>>;
  /** A state of the resource in the whole cluster that has at most the wanted age, or is as young as the call. */
  recentState(
    resource: ListedResource,
    wanted: WantedState,
  ): Promise<RecentState>;
  /** Every claim of the namespace, also those that are not ours, and the claim that each is a clone of. */
  listAllClaims(
    namespace: string,
    options?: ListOptions,
  ): Promise<readonly ListedClaim[]>;
  /** Every Pod object of the namespace, also finished and Terminating ones. One that uses no claim has only its name and uid. */
  listPods(namespace: string, options?: ListOptions): Promise<readonly V1Pod[]>;
  namespacePhase(
    namespace: string,
  ): Promise<"active" | "terminating" | "missing">;
  /** Deletes exactly this version of this claim. `at` is the API server's clock, in milliseconds, if its answer has it. */
  deleteClaim(
    claim: ClaimMetadata,
    stillWanted: () => boolean,
  ): Promise<{ outcome: WriteOutcome; at: number | undefined }>;
  /** Changes exactly this version of this claim, or any version of it when the change only removes the mark. */
  patchClaim(claim: ClaimMetadata, change: ClaimChange): Promise<WriteOutcome>;
  /** Gives exactly this version of this claim these owners. */
  adoptClaim(
    claim: ClaimMetadata,
    ownerReferences: readonly V1OwnerReference[],
  ): Promise<WriteOutcome>;
  /** The nodes and attachments of all volumes; undefined for an account that may not read them. */
  volumeNodes(): Promise<VolumeNodes | undefined>;
  /** Writes an Event about a deleted claim. `at` is in milliseconds. */
  recordDeletion(claim: ClaimMetadata, why: string, at: number): Promise<void>;
  /** Writes an Event about a set in quarantine at its first claim. */
  recordQuarantine(
    claim: ClaimMetadata,
    why: string,
    at: number,
  ): Promise<void>;
}

/** The cluster behind `api`. */
export function clusterOn(
  api: ApiServer,
  {
    pageSize,
    namespaces = [],
    sleep,
    clock,
  }: {
    readonly pageSize: number;
    /** Those that the account has rights in; none for all. */
    readonly namespaces?: readonly string[];
    readonly sleep: Sleep;
    /** Milliseconds of a monotonic clock. */
    readonly clock: () => number;
  },
): Cluster {
  /** Namespaces whose Pods need more than one page. */
  const large = new Set<string>();
  // Large pages of several such namespaces at once would not fit into the janitor's memory.
  const inTurn = oneAtATime();
  const needsLargePages = (namespace: string, { hurry }: ListOptions) =>
    hurry !== undefined && large.has(namespace);
  const pageSizeFor = (namespace: string, options: ListOptions): number =>
    needsLargePages(namespace, options)
      ? Math.min(pageSize * HURRY_FACTOR, LIMITS.maxPageSize)
      : pageSize;
  const get = (request: Omit<ApiRequest, "method" | "timeoutMs">) =>
    retry(JANITOR_RETRY, { sleep }, () =>
      api({ timeoutMs: OBJECT_TIMEOUT_MS, ...request, method: "GET" }),
    );
  const patch = (claim: ClaimMetadata, change: ClaimChange) =>
    api({
      method: "PATCH",
      path: claimPath(claim.namespace, claim.name),
      query: { fieldManager: JANITOR_NAME },
      contentType: "application/merge-patch+json",
      body: { metadata: patchOf(claim, change) },
      accept: metadataOnly("PartialObjectMetadata"),
      timeoutMs: OBJECT_TIMEOUT_MS,
    });
  const record = async (
    { namespace }: ClaimMetadata,
    body: Record<string, unknown>,
  ): Promise<void> => {
    await api({
      method: "POST",
      path: `${namespacePath(namespace, EVENTS_API)}/events`,
      body,
      timeoutMs: EVENT_TIMEOUT_MS,
    });
  };
  const [scope] = namespaces;
  /** The resourceVersion of a list is that of the whole resource, so any namespace will do, and one item. */
  const versionOf = async (resource: ListedResource): Promise<string> => {
    const { body } = await api({
      method: "GET",
      path: `${scope === undefined ? "/api/v1" : namespacePath(scope)}/${resource}`,
      query: { limit: "1" },
      accept: metadataOnly("PartialObjectMetadataList"),
      timeoutMs: HURRIED_LIST_TIMEOUT_MS,
    });
    const { metadata } = body as { metadata?: { resourceVersion?: unknown } };
    if (typeof metadata?.resourceVersion !== "string")
      throw new TypeError(`a list of ${resource} came without its version`);
    return metadata.resourceVersion;
  };
  const statesOf = (resource: ListedResource) =>
    recentStates(() => versionOf(resource), { clock, sleep });
  const states = {
    persistentvolumeclaims: statesOf("persistentvolumeclaims"),
    pods: statesOf("pods"),
  };
  const listPodsAs = async <T>(
    namespace: string,
    options: Omit<ListOptions, "known">,
    form: Pick<ListSettings<T>, "kind" | "nullIsEmpty" | "read">,
  ): Promise<readonly T[]> => {
    const { hurry, notOlderThan } = options;
    const list = () =>
      completeList(
        (page) =>
          api({
            method: "GET",
            path: `${namespacePath(namespace)}/pods`,
            query: page,
            ...(form.kind !== "PodList" && { accept: metadataOnly(form.kind) }),
            timeoutMs: hurry ? HURRIED_LIST_TIMEOUT_MS : LIST_TIMEOUT_MS,
          }),
        {
          ...form,
          pageSize: pageSizeFor(namespace, options),
          notOlderThan: notOlderThan?.resourceVersion,
          sleep,
        },
      );
    const { items } = await (needsLargePages(namespace, options)
      ? inTurn(list)
      : list());
    if (items.length > pageSize) large.add(namespace);
    return items;
  };
  return {
    recentState: (resource, wanted) => states[resource](wanted),

    listClaims: (namespace, selector) =>
      completeList(
        (page) =>
          api({
            method: "GET",
            path: namespace
              ? claimsPath(namespace)
              : "/api/v1/persistentvolumeclaims",
            query: { labelSelector: selector, ...page },
            accept: metadataOnly("PartialObjectMetadataList"),
            timeoutMs: LIST_TIMEOUT_MS,
          }),
        {
          kind: "PartialObjectMetadataList",
          nullIsEmpty: true,
          pageSize,
          sleep,
          read: readIdentity,
        },
      ),

    listAllClaims: async (namespace, options = {}) => {
      const { hurry, notOlderThan } = options;
      const { items } = await completeList(
        (page) =>
          api({
            method: "GET",
            path: claimsPath(namespace),
            query: page,
            timeoutMs: hurry ? HURRIED_LIST_TIMEOUT_MS : LIST_TIMEOUT_MS,
          }),
        {
          kind: "PersistentVolumeClaimList",
          nullIsEmpty: false,
          pageSize: pageSizeFor(namespace, options),
          notOlderThan: notOlderThan?.resourceVersion,
          sleep,
          read: readListedClaim,
        },
      );
      return items;
    },

    listPods: async (namespace, { known, ...options } = {}) => {
      if (known) {
        const pods = await listPodsAs(namespace, options, {
          kind: "PartialObjectMetadataList",
          nullIsEmpty: true,
          read: (item) => knownPod(item, known),
        });
        // A broken answer may look like an empty list. The list of whole objects tells them apart.
        if (pods.length > 0 && pods.every((pod) => pod !== undefined))
          return pods;
      }
      return await listPodsAs(namespace, options, {
        kind: "PodList",
        nullIsEmpty: false,
        read: readPod,
      });
    },

    namespacePhase: async (namespace) => {
      const answer = await unlessMissing(
        get({ path: namespacePath(namespace) }),
      );
      if (!answer) return "missing";
      const { metadata, status } = answer.body as {
        metadata?: { deletionTimestamp?: string };
        status?: { phase?: string };
      };
      return metadata?.deletionTimestamp || status?.phase === "Terminating"
        ? "terminating"
        : "active";
    },

    deleteClaim: async (claim, stillWanted) => {
      let at: number | undefined;
      const outcome = await conditionalWrite(async () => {
        const { uid, resourceVersion } = claim;
        const answer = await api({
          method: "DELETE",
          path: claimPath(claim.namespace, claim.name),
          body: {
            apiVersion: "v1",
            kind: "DeleteOptions",
            preconditions: { uid, resourceVersion },
          },
          accept: metadataOnly("PartialObjectMetadata"),
          timeoutMs: OBJECT_TIMEOUT_MS,
          stillWanted,
        });
        at = answer.serverTime;
      });
      return { outcome, at };
    },

    patchClaim: (claim, change) =>
      conditionalWrite(() =>
        retry(JANITOR_RETRY, { sleep }, () => patch(claim, change)),
      ),

    adoptClaim: (claim, ownerReferences) =>
      conditionalWrite(() => patch(claim, { ownerReferences })),

    volumeNodes: async () => {
      const listed = { pageSize, sleep };
      const page = { method: "GET", timeoutMs: LIST_TIMEOUT_MS } as const;
      try {
        const volumes = await completeList(
          (query) => api({ ...page, path: "/api/v1/persistentvolumes", query }),
          {
            ...listed,
            kind: "PersistentVolumeList",
            nullIsEmpty: false,
            read: readVolume,
          },
        );
        // Lists the nodes after the volumes, because a volume can come with a new node.
        const nodes = await completeList(
          (query) =>
            api({
              ...page,
              path: "/api/v1/nodes",
              query,
              accept: metadataOnly("PartialObjectMetadataList"),
            }),
          {
            ...listed,
            kind: "PartialObjectMetadataList",
            nullIsEmpty: true,
            read: readNode,
          },
        );
        const attachments = await completeList(
          (query) =>
            api({
              ...page,
              path: "/apis/storage.k8s.io/v1/volumeattachments",
              query,
            }),
          {
            ...listed,
            kind: "VolumeAttachmentList",
            nullIsEmpty: false,
            read: readAttachment,
          },
        );
        return {
          affinities: new Map(volumes.items),
          nodes: new Map(nodes.items),
          attachments: attachments.items,
        };
      } catch (error) {
        if (error instanceof ApiStatusError && error.status === 403)
          return undefined;
        throw error;
      }
    },

    recordDeletion: (claim, why, at) =>
      record(claim, deletionEvent(claim, why, at)),

    recordQuarantine: (claim, why, at) =>
      record(claim, quarantineEvent(claim, why, at)),
  };
}

function metadataOnly(kind: string): string {
  return `application/json;as=${kind};g=meta.k8s.io;v=v1`;
}
